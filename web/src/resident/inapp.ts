/** The browser that an app opens links in: it often has no camera and no microphone, and cannot be told to. */

type Surroundings = {
  userAgent: string;
  /** Without it no browser gives a microphone, and opening another one would mend nothing. */
  secure: boolean;
  /** The browser knows of microphones at all. */
  devices: boolean;
};

/** Android's WebView names itself; the one of an iPhone leaves out the name of Safari. Some apps add their own to either. */
const inside = /; wv\)|\bLine\/|\bFBA[NV]\b|\bInstagram\b|\b(?:Barcelona|MicroMessenger|KAKAOTALK)\b/i;
const isApple = (userAgent: string) => /iPhone|iPad|iPod/.test(userAgent);

export const openedInApp = (userAgent: string): boolean => inside.test(userAgent) || (isApple(userAgent) && !/Safari\//.test(userAgent));

/** It is clear from the start that she could not be heard here. What a permission says is asked later, after her tap. */
export const deaf = ({ userAgent, secure, devices }: Surroundings): boolean => secure && !devices && openedInApp(userAgent);

/** The browser that every phone of this kind has. */
export const ownBrowser = (userAgent: string): "Safari" | "Chrome" => (isApple(userAgent) ? "Safari" : "Chrome");

/** An iPhone or an iPad, which calls itself a Mac. */
export const applePhone = ({ userAgent, maxTouchPoints }: Pick<Navigator, "userAgent" | "maxTouchPoints">): boolean =>
  isApple(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1);
