import type { Category, Matter, MatterName } from '@gridwork/api'

function pairs(text: string): Set<string> {
  const letters = [...text.toLowerCase().replace(/[\s\p{P}]/gu, '')]
  return new Set(letters.slice(1).map((letter, n) => `${letters[n] ?? ''}${letter}`))
}

/** Matters whose names share the most pairs of characters with the words: what is offered when the server cannot be asked. */
export function guessHere(text: string, categories: readonly Category[], most = 3): MatterName[] {
  const said = pairs(text)
  const share = (name: string) => {
    const own = pairs(name)
    return own.size === 0 ? 0 : [...own].filter((pair) => said.has(pair)).length / own.size
  }
  return categories
    .flatMap((category) => category.matters)
    .map((matter) => ({ matter, score: Math.max(share(matter.name_zh), share(matter.name_en)) }))
    .filter(({ score }) => score >= 0.2)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, most)
    .map(({ matter: { code, name_zh, name_en } }) => ({ code, name_zh, name_en }))
}

export function findMatter(categories: readonly Category[], code: string | null): Matter | null {
  if (code === null) return null
  for (const category of categories) {
    const found = category.matters.find((matter) => matter.code === code)
    if (found) return found
  }
  return null
}

/** The catalogue with only the matters that hold `words` in a name or the code. */
export function searched(categories: readonly Category[], words: string): Category[] {
  const wanted = words.trim().toLowerCase()
  if (wanted === '') return [...categories]
  const holds = (matter: Matter) => [matter.name_zh, matter.name_en, matter.code].some((name) => name.toLowerCase().includes(wanted))
  return categories.map((category) => ({ ...category, matters: category.matters.filter(holds) })).filter((category) => category.matters.length > 0)
}
