/** What decides whether a question is asked. */
interface Conditional { code: string; when?: { question: string; equals: string[] } | null }

const valuesOf = (answer: string | undefined) => (answer ?? '').split(',').filter((one) => one !== '')

/** The questions that are asked as the others are answered; several values are joined by commas. */
export function askedOf<Q extends Conditional>(questions: readonly Q[], answers: Readonly<Record<string, string>>): Q[] {
  return questions.filter(({ when }) => !when || valuesOf(answers[when.question]).some((value) => when.equals.includes(value)))
}

/** The answers to what is asked, without those left empty or given before the matter was changed. */
export function answersTo<Q extends Conditional>(questions: readonly Q[], answers: Readonly<Record<string, string>>): Record<string, string> {
  const asked = new Set(askedOf(questions, answers).map((question) => question.code))
  return Object.fromEntries(Object.entries(answers).filter(([code, answer]) => asked.has(code) && String(answer).trim() !== ''))
}
