//! Reads which despawns replicon sends to a client.
//!
//! Replicon's public API does not expose which entities a client has received, or has just lost. The update message
//! that it sends to that client is exact about both, so the server reads the message before the backend sends it. See
//! `Updates::send` in replicon's `server/replication_messages/updates.rs` for its format.

use bevy::prelude::*;
use bevy_replicon::{
    bytes::{Buf, Bytes},
    postcard_utils::{entity_from_buf, from_buf},
    prelude::RepliconTick,
};

// Replicon's `UpdateFlags`. The sections of a message have the order of their flags.
const USERDATA: u8 = 1;
const MAPPINGS: u8 = 1 << 1;
const DESPAWNS: u8 = 1 << 2;
const ALL: u8 = (1 << 5) - 1;

/// Calls the function with each entity of the server that an update message despawns on a client, in order. Skips an
/// update message of an earlier tick, which the backend has not sent yet: it was read before.
pub(crate) fn read_despawns(message: &Bytes, tick: RepliconTick, mut f: impl FnMut(Entity)) -> Result<()> {
    let mut message = message.clone();
    let flags: u8 = from_buf(&mut message)?;
    let message_tick: RepliconTick = from_buf(&mut message)?;
    if flags & !ALL != 0 {
        return Err("unknown format of an update message".into());
    }
    if flags & DESPAWNS == 0 || message_tick != tick {
        return Ok(());
    }
    if flags & USERDATA != 0 {
        let length: usize = from_buf(&mut message)?;
        skip(&mut message, length)?;
    }
    if flags & MAPPINGS != 0 {
        let mappings: usize = from_buf(&mut message)?;
        for _ in 0..mappings {
            entity_from_buf(&mut message)?;
            skip(&mut message, size_of::<u64>())?;
        }
    }
    let is_last = flags < DESPAWNS << 1;
    if is_last {
        while message.has_remaining() {
            f(entity_from_buf(&mut message)?);
        }
    } else {
        let count: usize = from_buf(&mut message)?;
        for _ in 0..count {
            f(entity_from_buf(&mut message)?);
        }
    }
    Ok(())
}

fn skip(message: &mut Bytes, length: usize) -> Result<()> {
    if length > message.remaining() {
        return Err("an update message ends early".into());
    }
    message.advance(length);
    Ok(())
}
