/** What the check of her device says to the nurse. */
import type { Schemas } from "../lib/api/client";
import type { Noise, Sound } from "../lib/call/levels";
import type { DeviceState, Media } from "../lib/call/media";
import type { Network } from "../lib/call/network";

const told: Record<DeviceState, Schemas["DeviceState"]> = {
  works: "works",
  refused: "refused",
  missing: "missing",
  // It is there and permitted, but another program has it.
  busy: "silent",
  // She wants to be heard only.
  off: "missing",
};

/** `sound` is undefined while nobody has listened for long enough to say anything. */
export function deviceCheck(media: Media, sound: Sound | undefined, noise: Noise, network: Network): Schemas["DeviceCheck"] {
  return {
    camera: told[media.camera],
    microphone: media.microphone === "works" && sound === "nothing" ? "silent" : told[media.microphone],
    noise,
    network,
  };
}
