/** Whether Escape pressed in a dialog is to close it although a list has the focus: one that is shut keeps the key to itself. */
export function leavesDialog(event: KeyboardEvent): boolean {
  return event.target instanceof Element && event.target.getAttribute('aria-expanded') === 'false'
}
