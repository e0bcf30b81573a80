import { expect, it, vi } from "vitest";
import { openMedia } from "./media";

type Kind = "audio" | "video";

class FakeStream {
  constructor(readonly tracks: { kind: Kind }[] = []) {}
  getTracks = () => this.tracks;
  getAudioTracks = () => this.tracks.filter((track) => track.kind === "audio");
  addTrack = (track: { kind: Kind }) => void this.tracks.push(track);
}
vi.stubGlobal("MediaStream", FakeStream);
vi.stubGlobal("navigator", {});

/** Devices of which each kind works or fails with the name of an error. */
function devices(state: Record<Kind, "works" | string>) {
  const asked: string[] = [];
  return {
    asked,
    getUserMedia: async (wanted: MediaStreamConstraints) => {
      const kinds = (["audio", "video"] as const).filter((kind) => wanted[kind]);
      asked.push(kinds.join("+"));
      const broken = kinds.find((kind) => state[kind] !== "works");
      if (broken) throw Object.assign(new Error(), { name: state[broken] });
      return new FakeStream(kinds.map((kind) => ({ kind }))) as unknown as MediaStream;
    },
  };
}

const kinds = (stream: MediaStream) => stream.getTracks().map((track) => track.kind).sort();

it("asks once when both work", async () => {
  const both = devices({ audio: "works", video: "works" });
  expect(await openMedia({ camera: true }, both)).toMatchObject({ microphone: "works", camera: "works" });
  expect(both.asked).toEqual(["audio+video"]);
});

it("goes on with the voice when the camera is refused, and says so", async () => {
  const media = await openMedia({ camera: true }, devices({ audio: "works", video: "NotAllowedError" }));
  expect(media).toMatchObject({ microphone: "works", camera: "refused" });
  expect(kinds(media.stream)).toEqual(["audio"]);
});

it("keeps the picture when only the microphone is missing", async () => {
  const media = await openMedia({ camera: true }, devices({ audio: "NotFoundError", video: "works" }));
  expect(media).toMatchObject({ microphone: "missing", camera: "works" });
  expect(kinds(media.stream)).toEqual(["video"]);
});

it("says of each device why there is nothing of it", async () => {
  const media = await openMedia({ camera: true }, devices({ audio: "NotReadableError", video: "NotAllowedError" }));
  expect(media).toMatchObject({ microphone: "busy", camera: "refused" });
  expect(kinds(media.stream)).toEqual([]);
  expect(await openMedia({ camera: true }, undefined)).toMatchObject({ microphone: "missing", camera: "missing" });
});

it("never touches the camera of somebody who wants to be heard only", async () => {
  const both = devices({ audio: "works", video: "works" });
  expect(await openMedia({ camera: false }, both)).toMatchObject({ microphone: "works", camera: "off" });
  expect(both.asked).toEqual(["audio"]);
});
