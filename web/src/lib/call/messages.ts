/** What the server says over the socket, as far as the pages need it. */

export type Others = {
  slots: {
    /** Which of the receive slots carries sound and picture. */
    slot: number;
    participant: string;
    role: "nurse" | "resident" | "companion" | "interpreter";
    /** Only where the page may know it. */
    name?: string;
    microphone: boolean;
    camera: boolean;
    /** False while the line to that person is lost. */
    present: boolean;
  }[];
};

export type Welcome = Others;

export type Notice = { type: string; at_ms: number; data: unknown };
