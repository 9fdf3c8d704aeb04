/** Evaluators: what looks at logs, how each stands, and making new ones. */
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { evaluatorsQuery, rulesQuery } from '../../api/evaluators.ts';
import { buttonClass } from '../../parts/button.tsx';
import { PageFrame } from '../../parts/page-frame.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { columnsOf } from './columns.tsx';

export default function EvaluatorsPage() {
  const list = useQuery(evaluatorsQuery);
  const rules = useQuery(rulesQuery);
  const navigate = useNavigate();
  const actions = (
    <Link to="/evaluators/new" className={buttonClass({ look: 'strong' })}>
      New evaluator
    </Link>
  );
  return (
    <PageFrame title="Evaluators" fills actions={actions}>
      {list.isPending ? (
        <Loading />
      ) : list.isError ? (
        <Failure error={list.error} retry={() => void list.refetch()} />
      ) : list.data.evaluators.length === 0 ? (
        <Empty title="No evaluators yet">
          An evaluator looks at a log and says true or false, a number, or a category. Write one here, or put a file in
          the folder of evaluators.
        </Empty>
      ) : (
        <>
          {list.data.problems.map(({ file, message }) => (
            <p key={file} role="alert" className="border-b border-line bg-bad-wash px-4 py-2 text-bad">
              <code className="font-mono text-xs">{file}</code>: {message}
            </p>
          ))}
          <Table
            label="Evaluators"
            columns={columnsOf(rules.data?.rules ?? [])}
            rows={list.data.evaluators}
            idOf={({ name }) => name}
            onOpen={({ name }) => void navigate({ to: '/evaluators/$name', params: { name } })}
          />
        </>
      )}
    </PageFrame>
  );
}
