/**
 * An editor for code. It stands in a shadow root: the page's policy takes no style elements, and there the editor's styles are
 * adopted as objects. Escape, then Tab, leaves it by keyboard.
 */
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { javascript } from '@codemirror/lang-javascript';
import { python } from '@codemirror/lang-python';
import {
  bracketMatching,
  defaultHighlightStyle,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from '@codemirror/language';
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint';
import { EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'react';

export const LANGUAGES = ['python', 'javascript', 'text'] as const;
export type Language = (typeof LANGUAGES)[number];

export interface CodeEditorProps {
  label: string;
  language: Language;
  value: string;
  onChange?: ((value: string) => void) | undefined;
  /** What is wrong, and on which line of it, from 1; without a line it stands on the first. */
  fault?: { line: number | null; message: string } | undefined;
}

const theme = EditorView.theme({
  '&': { fontSize: '12.5px', backgroundColor: 'var(--raised)', color: 'var(--ink)', height: '100%' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-1px' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '19px' },
  '.cm-content': { caretColor: 'var(--ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': { backgroundColor: 'var(--panel)', color: 'var(--soft)', borderRight: '1px solid var(--line)' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--hover)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--accent-wash)',
  },
  '.cm-tooltip': { backgroundColor: 'var(--raised)', border: '1px solid var(--line)' },
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.definitionKeyword], color: 'var(--accent)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--good)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--warn)' },
  { tag: [tags.comment], color: 'var(--soft)', fontStyle: 'italic' },
  { tag: [tags.invalid], color: 'var(--bad)' },
]);

const GRAMMARS: Record<Language, () => Extension> = {
  python: () => [python(), indentUnit.of('    ')],
  javascript: () => javascript(),
  text: () => EditorView.lineWrapping,
};

export default function CodeEditor({ label, language, value, onChange, fault }: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const heard = useRef(onChange);
  heard.current = onChange;
  const isFixed = onChange === undefined;

  useEffect(() => {
    const root = host.current!.shadowRoot ?? host.current!.attachShadow({ mode: 'open' });
    const made = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: value,
        extensions: [
          lineNumbers(),
          history(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          highlightActiveLine(),
          lintGutter(),
          syntaxHighlighting(colours),
          syntaxHighlighting(defaultHighlightStyle, { fallback: true }),
          keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
          theme,
          GRAMMARS[language](),
          EditorState.readOnly.of(isFixed),
          EditorView.contentAttributes.of({ 'aria-label': label }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) heard.current?.(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = made;
    return () => made.destroy();
    // The text is the editor's own from here on; what comes from outside is set below.
  }, [language, label, isFixed]);

  useEffect(() => {
    const now = view.current!;
    if (now.state.doc.toString() !== value)
      now.dispatch({ changes: { from: 0, to: now.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const { state } = view.current!;
    view.current!.dispatch(setDiagnostics(state, fault === undefined ? [] : [diagnosticOf(state, fault)]));
  }, [fault, language]);

  return <div ref={host} className="h-full min-h-40 overflow-hidden rounded-md border border-edge/60" />;
}

function diagnosticOf(state: EditorState, { line, message }: { line: number | null; message: string }): Diagnostic {
  const at = state.doc.line(Math.min(Math.max(line ?? 1, 1), state.doc.lines));
  return { from: at.from, to: at.to, severity: 'error', message };
}
