const BROWSERS: [RegExp, string][] = [
  [/Edg\/(\d+)/, 'Edge'], [/MicroMessenger\/(\d+)/, 'WeChat'], [/Firefox\/(\d+)/, 'Firefox'], [/(?:Headless)?Chrom(?:e|ium)\/(\d+)/, 'Chrome'], [/Version\/(\d+)[\d.]* (?:Mobile\/\w+ )?Safari/, 'Safari'],
]
const SYSTEMS: [RegExp, string][] = [
  [/Windows/, 'Windows'], [/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/HarmonyOS/, 'HarmonyOS'], [/Mac OS X/, 'macOS'], [/Linux/, 'Linux'],
]

/** A browser's long name in short: "Chrome 148 · Linux"; what is not known stays as it is. */
export function agentWords(agent: string): string {
  const browser = BROWSERS.map(([pattern, name]) => {
    const found = pattern.exec(agent)
    return found ? `${name} ${found[1]}` : ''
  }).find((name) => name !== '')
  if (!browser) return agent
  const system = SYSTEMS.find(([pattern]) => pattern.test(agent))?.[1]
  return system ? `${browser} · ${system}` : browser
}
