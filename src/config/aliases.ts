/** Aliases of a YAML document: what each stands for, and which cannot be written out. */
import { type Alias, isAlias, isCollection, isNode, isPair, isScalar, type Node } from 'yaml';
import { quoted } from './problem.ts';

/** Nodes that all aliases of the file may come to; aliases of aliases grow exponentially. */
const MOST_ALIASED_NODES = 10_000;

/** A class only for the state of one walk. */
export class Aliases {
  readonly targets = new Map<Alias, Node>();
  readonly wrong: { node: Alias; message: string }[] = [];
  readonly #anchors = new Map<string, Node>();
  /** Sizes of the anchored nodes that are complete: an alias to any other is inside of what it names. */
  readonly #sizes = new Map<Node, number>();
  #aliased = 0;

  /** Goes through in the order of the text, since an alias means the last anchor before it; tells the size written out. */
  walk(node: unknown): number {
    if (isPair(node)) return this.walk(node.key) + this.walk(node.value);
    if (isAlias(node)) return this.#follow(node);
    if (!isNode(node)) return 0;
    const anchored = (isScalar(node) || isCollection(node)) && node.anchor !== undefined;
    if (anchored) this.#anchors.set(node.anchor!, node);
    let size = 1;
    if (isCollection(node)) for (const item of node.items) size += this.walk(item);
    if (anchored) this.#sizes.set(node, size);
    return size;
  }

  #follow(alias: Alias): number {
    const target = this.#anchors.get(alias.source);
    if (target === undefined) {
      const name = quoted(`&${alias.source}`);
      this.wrong.push({ node: alias, message: `there is no anchor ${name} before this alias. Write the value out.` });
      return 1;
    }
    const size = this.#sizes.get(target);
    // Of aliases that come to too much, the first is told; those after it are too many to name.
    const before = this.#aliased;
    this.#aliased += size ?? 0;
    if (size === undefined || this.#aliased > MOST_ALIASED_NODES) {
      if (before <= MOST_ALIASED_NODES)
        this.wrong.push({ node: alias, message: 'aliases are nested too deep or circular. Write the value out.' });
      return 1;
    }
    this.targets.set(alias, target);
    return size;
  }
}
