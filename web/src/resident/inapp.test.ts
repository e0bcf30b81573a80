import { expect, it } from "vitest";
import { deaf, openedInApp, ownBrowser } from "./inapp";

const iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const pixel = "Mozilla/5.0 (Linux; Android 14; Pixel 8";
const browsers = [
  `${iphone} Version/17.5 Mobile/15E148 Safari/604.1`,
  `${iphone} CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1`,
  `${pixel}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36`,
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
];
const apps = [
  `${iphone} Mobile/15E148`,
  `${iphone} Mobile/15E148 Safari Line/14.9.0`,
  `${iphone} Mobile/15E148 [FBAN/FBIOS;FBAV/467.0.0.38.109;FBBV/601498104]`,
  `${pixel} Build/UQ1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.0.0 Mobile Safari/537.36`,
  `${pixel}) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.0.0 Mobile Safari/537.36 Line/14.9.0/IAB`,
];

it.each(browsers)("is a browser: %s", (userAgent) => expect(openedInApp(userAgent)).toBe(false));
it.each(apps)("is inside an app: %s", (userAgent) => expect(openedInApp(userAgent)).toBe(true));

it("is deaf only where another browser would hear", () => {
  expect(deaf({ userAgent: apps[0]!, secure: true, devices: false })).toBe(true);
  // Many apps do have a microphone: she is asked as everywhere.
  expect(deaf({ userAgent: apps[0]!, secure: true, devices: true })).toBe(false);
  expect(deaf({ userAgent: apps[0]!, secure: false, devices: false })).toBe(false);
  expect(deaf({ userAgent: browsers[0]!, secure: true, devices: false })).toBe(false);
});

it("names the browser that the phone has", () => {
  expect(ownBrowser(apps[0]!)).toBe("Safari");
  expect(ownBrowser(apps[3]!)).toBe("Chrome");
});
