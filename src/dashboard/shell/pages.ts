/** The pages as one goes to them: where they are, what they are called, and the key behind `g`. */
import { ChartLine, Database, FlaskConical, Gauge, type LucideIcon, Play, ScrollText } from 'lucide-react';

export interface NamedPage {
  path: string;
  label: string;
  key: string;
  icon: LucideIcon;
}

/** In groups, as the side shows them. */
export const PAGES: NamedPage[][] = [
  [
    { path: '/overview', label: 'Overview', key: 'o', icon: Gauge },
    { path: '/logs', label: 'Logs', key: 'l', icon: ScrollText },
    { path: '/scores', label: 'Scores', key: 's', icon: ChartLine },
  ],
  [
    { path: '/evaluators', label: 'Evaluators', key: 'e', icon: FlaskConical },
    { path: '/datasets', label: 'Datasets', key: 'd', icon: Database },
    { path: '/runs', label: 'Runs', key: 'r', icon: Play },
  ],
];
