import type { IconName } from '@gridwork/ui'

const ICONS: Record<string, IconName> = {
  remind: 'bell', supervise: 'flag', add_sub_task: 'units', merge: 'merge', place: 'pin', set_matter: 'book', request_suspend: 'pause', approve_suspend: 'pause',
  decline: 'x', return: 'undo', handle: 'check', pass: 'check', fail: 'x', hand_over: 'users', rule: 'ruling', dispute: 'ruling', whistle: 'users', reopen: 'refresh', ask_reporter: 'call', request_extend: 'clock', approve_extend: 'clock',
}

/** The icon of a command, or what stands in for it. */
export function commandIcon(command: string, other: IconName): IconName {
  return ICONS[command] ?? other
}

export const hasIcon = (command: string) => command in ICONS
