const SYSTEMS: [RegExp, string][] = [[/HarmonyOS|OpenHarmony/, 'HarmonyOS'], [/Android/, 'Android'], [/iPhone/, 'iPhone'], [/iPad/, 'iPad'], [/Windows/, 'Windows'], [/Mac OS X|Macintosh/, 'Mac'], [/Linux/, 'Linux']]
const PROGRAMS: [RegExp, string][] = [[/MicroMessenger/, 'WeChat'], [/Edg(e|A|iOS)?\//, 'Edge'], [/Firefox\//, 'Firefox'], [/Chrom(e|ium)\//, 'Chrome'], [/Safari\//, 'Safari']]

/** A device as one would name it, from what its browser says of itself: "Chrome · Android". */
export function deviceWords(agent: string): string {
  const of = (list: [RegExp, string][]) => list.find(([sign]) => sign.test(agent))?.[1] ?? ''
  return [of(PROGRAMS), of(SYSTEMS)].filter(Boolean).join(' · ') || agent.slice(0, 24)
}
