import type { Matter } from '@gridwork/api'

type Named = (thing: { name_zh: string; name_en: string } | undefined) => string

/** The reporter's answers in words: question and answer by their names, or as they are where the list does not know them. */
export function answerWords(
  answers: Readonly<Record<string, string>>, matter: Matter | null, said: (thing: object | undefined, stem: string) => string, named: Named,
): [asked: string, answer: string][] {
  return Object.entries(answers).map(([code, answer]) => {
    const question = matter?.questions?.find((one) => one.code === code)
    const words = String(answer).split(',').map((key) => named(question?.values.find((value) => value.key === key)) || key)
    return [said(question, 'description') || code, words.join(' · ')]
  })
}
