/** 応援: the calls for a colleague that concern whoever is signed in, asked for by every staff page. One for the page. */
import { callHelp, listHelpCalls, takeBackHelpCall, takeHelpCall, type Answer } from "../lib/api/client";
import type { HelpCallLine } from "../lib/api/types";
import { poll } from "./poll";

const LOOK_MS = 3000;

class Help {
  lines = $state.raw<readonly HelpCallLine[]>([]);

  /** Looks until it is told to stop. */
  watch(): () => void {
    const stop = poll(LOOK_MS, () => this.look());
    return () => {
      stop();
      this.lines = [];
    };
  }

  async look(): Promise<void> {
    const answer = await listHelpCalls();
    // What stood stays while the line is gone: nobody is forgotten by a lost packet.
    if (answer.kind === "done") this.lines = answer.value;
  }

  /** What the colleagues of whoever looks need. */
  others(): readonly HelpCallLine[] {
    return this.lines.filter((line) => !line.by_me);
  }

  /** The newest that was called from this talk by whoever looks. */
  own(interview: string): HelpCallLine | undefined {
    return this.lines.findLast((line) => line.by_me && line.interview === interview);
  }

  call = (interview: string): Promise<boolean> => this.#act(callHelp(interview));
  take = (id: string): Promise<boolean> => this.#act(takeHelpCall(id));
  takeBack = (id: string): Promise<boolean> => this.#act(takeBackHelpCall(id));

  async #act(request: Promise<Answer<unknown>>): Promise<boolean> {
    const answer = await request;
    await this.look();
    return answer.kind === "done";
  }
}

export const help = new Help();
