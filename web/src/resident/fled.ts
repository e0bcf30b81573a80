/**
 * Behind the neutral page, which is whole without any script: what she pressed may have met a dead line, so the page
 * she fled to gives the seat up too: now, and once each time the line comes back. Where the seat is gone already the
 * server only says so.
 */
import "@digital-go-jp/design-tokens/dist/tokens.css";
import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/components.css";
import "../styles/resident.css";
import { leave } from "../lib/api/client";

let asking = false;

async function giveUp(): Promise<void> {
  if (asking) return;
  asking = true;
  if ((await leave("quick_exit")).kind !== "offline") removeEventListener("online", giveUp);
  asking = false;
}

addEventListener("online", giveUp);
void giveUp();
