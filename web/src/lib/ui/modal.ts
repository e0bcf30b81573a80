/** A dialog for as long as its component stands: `$effect(() => modal(dialog))`. The rest of the page is inert meanwhile. */
export function modal(dialog: HTMLDialogElement): () => void {
  const opener = document.activeElement;
  dialog.showModal();
  return () => {
    dialog.close();
    // A dialog that is gone from the page already gives the focus back to nobody.
    if (opener instanceof HTMLElement && document.activeElement === document.body) opener.focus();
  };
}
