const main = document.getElementById('routes');
const make = (tag, text, name) => {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  if (name) element.className = name;
  return element;
};
const answer = await fetch('/api/openapi.json');
const spec = await answer.json();
const groups = new Map();
for (const [path, item] of Object.entries(spec.paths)) {
  for (const [method, operation] of Object.entries(item)) {
    if (!operation || !operation.responses) continue;
    const tag = operation.tags?.[0] ?? 'other';
    if (!groups.has(tag)) groups.set(tag, []);
    groups.get(tag).push({ path, method, operation });
  }
}
main.replaceChildren();
main.removeAttribute('aria-busy');
for (const [tag, routes] of [...groups].sort()) {
  main.append(make('h2', tag));
  for (const { path, method, operation } of routes) {
    const details = make('details');
    const summary = make('summary');
    summary.append(make('code', method.toUpperCase(), 'method'), make('code', path), make('span', String(operation['x-capability'] ?? ''), 'need'));
    details.append(summary, make('p', operation.summary ?? operation.description ?? '', 'text'));
    for (const parameter of operation.parameters ?? []) {
      details.append(make('p', `${parameter.in}: ${parameter.name}${parameter.required ? '' : '?'} — ${parameter.description ?? ''}`));
    }
    const body = operation.requestBody?.content?.['application/json']?.schema;
    const name = body?.$ref?.split('/').pop();
    if (name) details.append(make('pre', JSON.stringify(spec.components?.schemas?.[name], null, 2)));
    details.append(make('p', 'Answers: ' + Object.keys(operation.responses).join(', ')));
    main.append(details);
  }
}
