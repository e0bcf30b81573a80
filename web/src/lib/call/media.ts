/** Her own microphone and camera: what there is of them, and for what is missing the reason. */

export type DeviceState = "works" | "refused" | "missing" | "busy" | "off";
export type Media = { stream: MediaStream; microphone: DeviceState; camera: DeviceState };
export type Wanted = { camera: boolean };

type Devices = Pick<MediaDevices, "getUserMedia">;

const SOUND: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const PICTURE: MediaTrackConstraints = { width: { ideal: 640 }, height: { ideal: 480 }, facingMode: "user" };

/**
 * Both, else each alone, else nothing: never an exception, because the talk goes on with what there is.
 * A browser without devices at all (an insecure page) counts as one whose devices are missing.
 */
export async function openMedia({ camera: wantsCamera }: Wanted, devices: Devices | undefined = navigator.mediaDevices): Promise<Media> {
  if (wantsCamera) {
    const both = await open({ audio: SOUND, video: PICTURE }, devices);
    if (typeof both !== "string") return { stream: both, microphone: "works", camera: "works" };
  }
  const sound = await open({ audio: SOUND }, devices);
  const picture = wantsCamera ? await open({ video: PICTURE }, devices) : "off";
  const tracks = [sound, picture].flatMap((each) => (typeof each === "string" ? [] : each.getTracks()));
  return {
    stream: streamOf(tracks, sound, picture),
    microphone: typeof sound === "string" ? sound : "works",
    camera: typeof picture === "string" ? picture : "works",
  };
}

/**
 * Opens what was permitted earlier, without asking anybody: after a reload she is back in her seat at once.
 * Undefined where the browser would ask.
 */
export async function permitted(): Promise<Media | undefined> {
  const [microphone, camera] = await Promise.all([permission("microphone"), permission("camera")]);
  if (microphone === "prompt" || (microphone === "denied" && camera === "prompt")) return undefined;
  return openMedia({ camera: camera === "granted" });
}

async function permission(name: "microphone" | "camera"): Promise<PermissionState> {
  try {
    return (await navigator.permissions.query({ name })).state;
  } catch {
    // A browser that does not tell has to ask.
    return "prompt";
  }
}

/** A seat that brings nothing: what is heard and seen there belongs to another. */
export const nothing = (): Media => ({ stream: new MediaStream(), microphone: "off", camera: "off" });

/** Lets go of the devices, so that the light beside the camera goes out. */
export function closeMedia(media: Media | undefined): void {
  for (const track of media?.stream.getTracks() ?? []) track.stop();
}

function streamOf(tracks: MediaStreamTrack[], ...opened: (MediaStream | DeviceState)[]): MediaStream {
  const first = opened.find((each) => typeof each !== "string");
  if (first === undefined) return new MediaStream();
  for (const track of tracks) if (!first.getTracks().includes(track)) first.addTrack(track);
  return first;
}

async function open(wanted: MediaStreamConstraints, devices: Devices | undefined): Promise<MediaStream | DeviceState> {
  if (devices === undefined) return "missing";
  try {
    return await devices.getUserMedia(wanted);
  } catch (error) {
    return reason(error);
  }
}

function reason(error: unknown): DeviceState {
  switch (error instanceof Error ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "refused";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "missing";
  }
}
