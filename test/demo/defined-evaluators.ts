/** Two evaluators that the demo makes over the API, beside the files: one in Python, and one that asks a model. */

const PYTHON = `import re

PHRASES = r"of course|gladly|what a good question|lovely"

def evaluate(log):
    found = re.findall(PHRASES, log["output"], re.IGNORECASE)
    return {"value": len(found), "reason": ", ".join(found) or None} if log["output"] else None
`;

const JUDGE = `How concise is this answer of a shop's assistant?
Question: {{ log.question_text }}
Answer: {{ log.output_text }}`;

const DEFINITIONS = {
  pleasantries: {
    kind: 'code',
    returns: 'number',
    better: 'lower',
    online: {},
    settings: { language: 'python', source: PYTHON },
  },
  concise: {
    kind: 'judge',
    returns: 'number',
    range: { min: 1, max: 5, step: 1 },
    better: 'higher',
    online: {
      filter: {
        and: [
          { property: 'promptversion', present: true },
          { field: 'finishReason', in: ['stop', 'length'] },
        ],
      },
    },
    settings: { upstream: 'openai', model: 'gpt-4o-mini', template: JUDGE },
  },
};

export async function defineEvaluators(url: string): Promise<void> {
  for (const [name, definition] of Object.entries(DEFINITIONS)) {
    const response = await fetch(`${url}/api/v1/evaluators/${name}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(definition),
    });
    if (!response.ok) throw new Error(`The evaluator "${name}" is not taken: ${await response.text()}`);
  }
}
