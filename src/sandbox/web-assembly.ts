/** WebAssembly, which Node has and its types are silent about: as much of it as guests need. */

export interface WasmModule {
  readonly wasm: 'module';
}
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}
export interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}
export type WasmImports = Record<string, Record<string, (...given: never[]) => unknown>>;

interface WebAssemblyOfNode {
  Module: (new (bytes: Uint8Array<ArrayBuffer>) => WasmModule) & { imports(module: WasmModule): { name: string }[] };
  /** Sizes in pages of 64 kB. */
  Memory: new (size: { initial: number; maximum: number }) => WasmMemory;
  Instance: new (module: WasmModule, imports: WasmImports) => WasmInstance;
}

export const wasm = (globalThis as unknown as { WebAssembly: WebAssemblyOfNode }).WebAssembly;
