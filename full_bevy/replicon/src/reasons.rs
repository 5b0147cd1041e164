//! Reasons that may cross the wire, and the hashes that identify them there.

use bevy::{platform::collections::HashMap, prelude::*};
use bevy_post_delete::DeleteReason;
use log::warn;

/// The reason on a client for an entity that is still alive on the server, but no longer visible to the client.
///
/// An entity becomes invisible to a client when one of replicon's
/// [`VisibilityFilter`](bevy_replicon::prelude::VisibilityFilter)s starts to hide it. Replicon then despawns it on that
/// client, exactly as if it had been despawned on the server.
///
/// # Example
///
/// ```
/// use bevy::prelude::*;
/// use bevy_post_delete::prelude::*;
/// use bevy_post_delete_replicon::LOST_SIGHT;
///
/// #[derive(Component, Clone)]
/// struct Enemy;
///
/// /// Explodes only if the enemy has died.
/// fn explodes(deleted: &PostDelete<Enemy>) -> bool {
///     !deleted.origin.has_reason(LOST_SIGHT)
/// }
///
/// let origin = Origin::new(DeleteKind::Direct).with_reason(LOST_SIGHT);
/// let message = PostDelete { origin, ..PostDelete::new(Entity::PLACEHOLDER, Enemy) };
/// assert!(!explodes(&message));
/// ```
pub const LOST_SIGHT: DeleteReason = DeleteReason::new("lost sight");

/// Allows reasons to be sent to clients.
///
/// # Example
///
/// ```
/// use bevy::{prelude::*, state::app::StatesPlugin};
/// use bevy_post_delete::prelude::*;
/// use bevy_post_delete_replicon::prelude::*;
/// use bevy_replicon::{prelude::*, test_app::ServerTestAppExt};
///
/// const KILLED: DeleteReason = DeleteReason::new("killed");
/// const BANNED: DeleteReason = DeleteReason::new("banned"); // for the server's log only
///
/// #[derive(Resource, Default)]
/// struct Reasons(Vec<Option<DeleteReason>>);
///
/// fn note_reasons(mut notices: MessageReader<DeleteNotice>, mut reasons: ResMut<Reasons>) {
///     reasons.0.extend(notices.read().map(|notice| notice.cause.reason));
/// }
///
/// fn new_app() -> App {
///     let mut app = App::new();
///     let replicon = RepliconPlugins.set(ServerPlugin::new(PostUpdate));
///     app.add_plugins((MinimalPlugins, StatesPlugin, replicon, ReplicateDeletesPlugin))
///         .replicate_delete_reason(KILLED)
///         .init_resource::<Reasons>()
///         .add_systems(Update, note_reasons);
///     app.finish();
///     app
/// }
///
/// let (mut server, mut client) = (new_app(), new_app());
/// server.connect_client(&mut client);
/// let [alice, bob] = [(); 2].map(|()| server.world_mut().spawn(Replicated).id());
/// server.update();
/// server.exchange_with_client(&mut client);
/// client.update();
///
/// server.world_mut().because(KILLED).delete(alice).unwrap();
/// server.world_mut().because(BANNED).delete(bob).unwrap();
/// server.update();
/// server.exchange_with_client(&mut client);
/// client.update();
/// assert_eq!(client.world().resource::<Reasons>().0, [Some(KILLED), None]);
/// ```
pub trait ReplicateReasonsExt {
    /// Allows this reason to be sent to clients. Call it on the server and on the clients, in any order, before or
    /// after [`ReplicateDeletesPlugin`](crate::ReplicateDeletesPlugin) is added.
    ///
    /// A reason is sent as a hash of its text: 64-bit FNV-1a, in 8 bytes. A server sends only the reasons that were
    /// allowed in its app; a text that is meant for the server alone never leaves it. A client accepts only the reasons
    /// that were allowed in its app. In both cases any other reason becomes `None` on the client, and is logged once as
    /// a warning.
    ///
    /// # Panics
    ///
    /// If another reason was allowed before, with a different text of the same hash.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// # use bevy_post_delete_replicon::prelude::*;
    /// let mut app = App::new();
    /// app.replicate_delete_reason(DeleteReason::new("killed"));
    /// app.replicate_delete_reason(DeleteReason::new("killed")); // the same text: harmless
    /// ```
    ///
    /// Two texts with the same hash:
    ///
    /// ```should_panic
    /// # use bevy::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// # use bevy_post_delete_replicon::prelude::*;
    /// # let mut app = App::new();
    /// app.replicate_delete_reason(DeleteReason::new("8yn0iYCKYHlIj4-BwPqk"));
    /// app.replicate_delete_reason(DeleteReason::new("GReLUrM4wMqfg9yzV3KQ")); // panics
    /// ```
    fn replicate_delete_reason(&mut self, reason: DeleteReason) -> &mut Self;
}

impl ReplicateReasonsExt for App {
    fn replicate_delete_reason(&mut self, reason: DeleteReason) -> &mut Self {
        self.world_mut().get_resource_or_init::<ReplicatedReasons>().add(reason);
        self
    }
}

/// The number of different unknown reasons that are logged. A hostile server could send any number.
const MAX_LOGGED: usize = 16;

/// The reasons that may cross the wire, by their hashes.
#[derive(Resource, Debug, Default)]
pub(crate) struct ReplicatedReasons {
    reasons: HashMap<u64, DeleteReason>,
    /// The reason that was sent last, with its hash. Many entities often have the same.
    #[cfg(feature = "server")]
    latest: Option<(DeleteReason, u64)>,
    logged: Vec<u64>,
}

impl ReplicatedReasons {
    fn add(&mut self, reason: DeleteReason) {
        let hash = hash(reason.as_str());
        let known = *self.reasons.entry(hash).or_insert(reason);
        assert!(
            known == reason,
            "the reasons {known:?} and {reason:?} have the same hash, so clients could not tell them apart: \
             change the text of one",
        );
    }

    /// Returns the hash of a reason, if it may be sent.
    #[cfg(feature = "server")]
    pub(crate) fn find_hash(&mut self, reason: DeleteReason) -> Option<u64> {
        if let Some((latest, hash)) = self.latest
            && latest == reason
        {
            return Some(hash);
        }
        let hash = hash(reason.as_str());
        if self.reasons.get(&hash) == Some(&reason) {
            self.latest = Some((reason, hash));
            return Some(hash);
        }
        if self.remember_unknown(hash) {
            warn!("the reason \"{reason}\" is not sent to clients: call `replicate_delete_reason` to allow it");
        }
        None
    }

    /// Returns the reason with this hash, if this app knows it.
    #[cfg(feature = "client")]
    pub(crate) fn find_reason(&mut self, hash: u64) -> Option<DeleteReason> {
        let reason = self.reasons.get(&hash).copied();
        if reason.is_none() && self.remember_unknown(hash) {
            warn!(
                "the server sent an unknown reason with the hash {hash:016x}: call `replicate_delete_reason` here too"
            );
        }
        reason
    }

    /// Remembers an unknown hash. Returns whether a warning about it is to be logged.
    fn remember_unknown(&mut self, hash: u64) -> bool {
        let is_first = self.logged.len() < MAX_LOGGED && !self.logged.contains(&hash);
        if is_first {
            self.logged.push(hash);
        }
        is_first
    }
}

/// Returns the 64-bit FNV-1a hash of the text, which is the same on every platform.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        // Test vectors from draft-eastlake-fnv.
        assert_eq!(hash(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(hash("foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn an_unknown_reason_is_logged_once_and_no_more_than_16_are() {
        let mut reasons = ReplicatedReasons::default();
        assert!(reasons.remember_unknown(1));
        assert!(!reasons.remember_unknown(1));
        let logged = (0..1_000_000).filter(|&hash| reasons.remember_unknown(hash)).count();
        assert_eq!(logged, MAX_LOGGED - 1);
        assert_eq!(reasons.logged.len(), MAX_LOGGED);
    }
}
