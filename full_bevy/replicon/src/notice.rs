//! Notices, which the server sends about entities that it has despawned on a client, and their format.
//!
//! ```text
//! message  = tick, group+
//! group    = header byte, number of entities, [hash of the reason, 8 bytes], [instigator], entity+
//! header   = bits 0-1: kind (3: lost sight), bit 2: has a reason, bit 3: has an instigator
//! ```
//!
//! Numbers are postcard's variable-length integers, and entities are written as by replicon's `compact_entity`.
//! Consecutive entities with the same cause share a group.

use bevy::prelude::*;
use bevy_post_delete::DeleteKind;
use bevy_replicon::{
    bytes::{Buf, Bytes},
    postcard_utils::{entity_from_buf, entity_to_extend_mut, from_buf, to_extend_mut},
    prelude::RepliconTick,
};

/// A message about one entity that the server has despawned on a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Notice {
    /// The server's entity.
    pub(crate) entity: Entity,
    pub(crate) cause: ServerCause,
}

/// Why the server has despawned an entity on a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ServerCause {
    /// How the entity was deleted on the server. `None` if it is still alive there.
    pub(crate) kind: Option<DeleteKind>,
    /// The hash of the reason.
    pub(crate) reason: Option<u64>,
    /// The server's entity.
    pub(crate) instigator: Option<Entity>,
}

impl ServerCause {
    /// The cause of an entity that is only no longer visible to the client.
    pub(crate) const LOST_SIGHT: Self = Self {
        kind: None,
        reason: None,
        instigator: None,
    };
}

/// Notices about the entities that the server has despawned on a client in one tick.
#[derive(Message, Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoticeMessage {
    pub(crate) tick: RepliconTick,
    pub(crate) notices: Vec<Notice>,
}

/// The number of notices that the server puts into one message. Real transports split large messages, but some refuse
/// them.
#[cfg(feature = "server")]
pub(crate) const MAX_PER_MESSAGE: usize = 1024;

const KIND: u8 = 0b0011;
const HAS_REASON: u8 = 0b0100;
const HAS_INSTIGATOR: u8 = 0b1000;
const LOST_SIGHT: u8 = 3;

/// Writes a message.
pub(crate) fn write(tick: RepliconTick, notices: &[Notice], bytes: &mut Vec<u8>) -> Result<()> {
    to_extend_mut(&tick, bytes)?;
    for group in notices.chunk_by(|a, b| a.cause == b.cause) {
        let ServerCause {
            kind,
            reason,
            instigator,
        } = group[0].cause;
        let kind = match kind {
            Some(DeleteKind::Direct) => 0,
            Some(DeleteKind::Cascade) => 1,
            Some(_) => 2,
            None => LOST_SIGHT,
        };
        let has_reason = if reason.is_some() { HAS_REASON } else { 0 };
        let has_instigator = if instigator.is_some() { HAS_INSTIGATOR } else { 0 };
        bytes.push(kind | has_reason | has_instigator);
        to_extend_mut(&group.len(), bytes)?;
        if let Some(reason) = reason {
            bytes.extend(reason.to_le_bytes());
        }
        if let Some(instigator) = instigator {
            entity_to_extend_mut(&instigator, bytes)?;
        }
        for notice in group {
            entity_to_extend_mut(&notice.entity, bytes)?;
        }
    }
    Ok(())
}

/// Reads a message. Anything that the server would not have sent is an error.
pub(crate) fn read(message: &mut Bytes) -> Result<NoticeMessage> {
    let tick = from_buf(message)?;
    let mut notices = Vec::new();
    if !message.has_remaining() {
        return Err("a message without notices".into());
    }
    while message.has_remaining() {
        let header: u8 = from_buf(message)?;
        let count: usize = from_buf(message)?;
        let kind = match header & KIND {
            0 => Some(DeleteKind::Direct),
            1 => Some(DeleteKind::Cascade),
            2 => Some(DeleteKind::Despawn),
            _ => None,
        };
        let is_valid = header & !(KIND | HAS_REASON | HAS_INSTIGATOR) == 0
            && (kind.is_some() || header == LOST_SIGHT)
            && count > 0;
        if !is_valid {
            return Err(format!("invalid group of {count} notices with the header {header:#010b}").into());
        }
        let reason = if header & HAS_REASON == 0 {
            None
        } else {
            Some(u64::from_le_bytes(from_buf(message)?))
        };
        let instigator = if header & HAS_INSTIGATOR == 0 {
            None
        } else {
            Some(entity_from_buf(message)?)
        };
        let cause = ServerCause {
            kind,
            reason,
            instigator,
        };
        for _ in 0..count {
            // Fails at the end of the message, so a false number cannot make the client allocate more.
            let entity = entity_from_buf(message)?;
            notices.push(Notice { entity, cause });
        }
    }
    Ok(NoticeMessage { tick, notices })
}

#[cfg(test)]
mod tests {
    use bevy::ecs::entity::{EntityGeneration, EntityIndex};

    use super::*;

    fn entity(index: u32, generation: u32) -> Entity {
        let index = EntityIndex::from_raw_u32(index).unwrap();
        Entity::from_index_and_generation(index, EntityGeneration::from_bits(generation))
    }

    fn messages() -> Vec<NoticeMessage> {
        let cause = |kind, reason, instigator| ServerCause {
            kind,
            reason,
            instigator,
        };
        let causes = [
            cause(Some(DeleteKind::Direct), Some(u64::MAX), Some(entity(7, 3))),
            cause(Some(DeleteKind::Direct), Some(0), None),
            cause(Some(DeleteKind::Cascade), None, Some(entity(0, u32::MAX))),
            cause(Some(DeleteKind::Despawn), None, None),
            ServerCause::LOST_SIGHT,
        ];
        let notices = |count: u32| {
            (0..count)
                .map(|n| Notice {
                    entity: entity(n * 1000, n % 3),
                    cause: causes[(n / 3 % 5) as usize],
                })
                .collect()
        };
        [1, 2, 40]
            .map(|count| NoticeMessage {
                tick: RepliconTick::new(count << 20),
                notices: notices(count),
            })
            .to_vec()
    }

    fn bytes_of(message: &NoticeMessage) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(message.tick, &message.notices, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_message_is_read_as_it_was_written() {
        for message in messages() {
            assert_eq!(read(&mut Bytes::from(bytes_of(&message))).unwrap(), message);
        }
    }

    #[test]
    fn a_message_that_is_cut_short_is_an_error_or_has_fewer_notices() {
        for message in messages() {
            let bytes = bytes_of(&message);
            for length in 0..bytes.len() {
                if let Ok(cut) = read(&mut Bytes::copy_from_slice(&bytes[..length])) {
                    assert!(message.notices.starts_with(&cut.notices) && cut.notices.len() < message.notices.len());
                }
            }
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic_or_allocate_more_than_they_pay_for() {
        // A multiplicative generator: the test needs variety, not quality.
        let mut state = 1_u64;
        let mut random = || {
            state = state
                .wrapping_mul(0x5851_f42d_4c95_7f2d)
                .wrapping_add(0x1405_7b7e_f767_814f);
            (state >> 56) as u8
        };
        for _ in 0..100_000 {
            let length = usize::from(random()) % 40;
            // Mostly valid headers, so that what follows is reached.
            let bytes: Vec<u8> = (0..length)
                .map(|n| if n == 1 { random() & 15 } else { random() })
                .collect();
            if let Ok(message) = read(&mut Bytes::from(bytes)) {
                assert!(message.notices.len() <= length);
            }
        }
        for count in [1 << 20, u64::MAX] {
            let mut bytes = vec![0, 0];
            to_extend_mut(&count, &mut bytes).unwrap();
            bytes.extend([2; 16]);
            assert!(read(&mut Bytes::from(bytes)).is_err());
        }
    }

    #[test]
    fn unknown_headers_empty_groups_and_empty_messages_are_errors() {
        for bytes in [&[0][..], &[0, 2, 0]] {
            assert!(read(&mut Bytes::copy_from_slice(bytes)).is_err(), "{bytes:?}");
        }
        for bytes in [
            [0, 0b0001_0000, 1, 2],
            [0, 0b1000_0000, 1, 2],
            [0, LOST_SIGHT | HAS_INSTIGATOR, 1, 2],
            [0, 2, 0, 2],
        ] {
            assert!(read(&mut Bytes::copy_from_slice(&bytes)).is_err(), "{bytes:?}");
        }
        assert!(read(&mut Bytes::from_static(&[0, 2, 1, 2])).is_ok());
    }
}
