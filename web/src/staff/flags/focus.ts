/** Which item the focus is on: what the guide beside her face follows. */

/** The item of the card or row around what has the focus. */
export const itemOf = (target: EventTarget | null): string | undefined => (target instanceof Element ? target.closest<HTMLElement>("[data-item]")?.dataset["item"] : undefined);

/** Whether the focus goes to another part of the page; where it goes nowhere, nobody has turned to anything else. */
export const leaves = (event: FocusEvent): boolean =>
  event.relatedTarget instanceof Element && event.currentTarget instanceof Element && !event.currentTarget.contains(event.relatedTarget);
