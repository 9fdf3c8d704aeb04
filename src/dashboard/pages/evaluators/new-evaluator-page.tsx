/** A new evaluator: which kind, then its definition, tried before it is made. */
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { PageFrame } from '../../parts/page-frame.tsx';
import { DRAFTED_KINDS, type DraftedKind, newDraft } from '../../words/draft.ts';
import { DefinitionEditor } from './definition-editor.tsx';

export default function NewEvaluatorPage() {
  const [kind, setKind] = useState<DraftedKind>();
  const navigate = useNavigate();
  return (
    <PageFrame
      title="New evaluator"
      about={kind === undefined ? null : <span className="text-soft">{DRAFTED_KINDS[kind]}</span>}
    >
      {kind === undefined ? (
        <ul className="grid gap-3 p-4 md:grid-cols-2 xl:grid-cols-3">
          {Object.entries(DRAFTED_KINDS).map(([id, says]) => (
            <li key={id}>
              <button
                type="button"
                className="flex w-full flex-col gap-1 rounded-lg border border-line bg-panel p-4 text-left hover:border-accent hover:bg-hover"
                onClick={() => setKind(id as DraftedKind)}
              >
                <span className="font-medium">{id}</span>
                <span className="text-soft">{says}</span>
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <DefinitionEditor
          begin={newDraft(kind)}
          onPut={({ name }) => void navigate({ to: '/evaluators/$name', params: { name }, search: { tab: 'live' } })}
        />
      )}
    </PageFrame>
  );
}
