import { expect, it } from "vitest";
import type { Media } from "../lib/call/media";
import { deviceCheck } from "./device";

const media = (microphone: Media["microphone"], camera: Media["camera"]): Media => ({ stream: {} as MediaStream, microphone, camera });

it("tells the nurse what works, what is silent and what is not there", () => {
  expect(deviceCheck(media("works", "works"), "voice", "some", "good")).toEqual({ camera: "works", microphone: "works", noise: "some", network: "good" });
  expect(deviceCheck(media("works", "refused"), "nothing", "unknown", "weak")).toMatchObject({ camera: "refused", microphone: "silent" });
  expect(deviceCheck(media("works", "works"), undefined, "unknown", "unknown")).toMatchObject({ microphone: "works" });
  expect(deviceCheck(media("busy", "off"), "nothing", "unknown", "bad")).toMatchObject({ camera: "missing", microphone: "silent" });
});
