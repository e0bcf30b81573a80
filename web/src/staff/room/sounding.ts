/** What the nurse's own microphone hears, as a page shows it. */

/** `heard`: undefined until it is known. */
export type Sounding = { percent: number; heard: boolean | undefined };

export const unheard: Sounding = { percent: 0, heard: undefined };
