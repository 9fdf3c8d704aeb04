/**
 * The program that an interpreter starts with: reads the evaluator's source, then one call after the other, each only
 * after the one before was answered. It shapes the guest's own answers; the host relies on nothing that it says.
 */
import { NOT_STORED } from './guest.ts';

export const PYTHON_FILE = 'evaluator.py';

export const PYTHON_PRELUDE = `
import ast, json, os, sys, types

def main(checks, read, write, dumps, loads, compile, exec, length, text):
    def receive():
        size = b''
        while length(size) < 4:
            piece = read(0, 4 - length(size))
            if not piece:
                return None
            size += piece
        left = int.from_bytes(size, 'little')
        pieces = []
        while left > 0:
            piece = read(0, min(left, 65536))
            if not piece:
                return None
            pieces.append(piece)
            left -= length(piece)
        return b''.join(pieces).decode('utf-8')

    def answer(why, message):
        data = dumps([why, message]).encode('utf-8')
        data = length(data).to_bytes(4, 'little') + data
        while data:
            data = data[write(2, data):]

    def describe(error):
        line = column = None
        if isinstance(error, SyntaxError) and error.filename == '${PYTHON_FILE}':
            line, column = error.lineno, error.offset
        frame = error.__traceback__
        while frame:
            if frame.tb_frame.f_code.co_filename == '${PYTHON_FILE}':
                line = frame.tb_lineno
            frame = frame.tb_next
        try:
            message = error.msg if isinstance(error, SyntaxError) else text(error)
        except BaseException:
            message = 'something that cannot be shown'
        return type(error).__name__ + ': ' + message[:2000] + where(line, column)

    def where(line, column):
        return f' (line {line}' + (f', column {column})' if column else ')') if line else ''

    class NotStored(Exception):
        pass

    class Log(dict):
        def __missing__(self, key):
            for side, keys in hidden.items():
                if key in keys:
                    raise NotStored(f'The client asked that the {side} ${NOT_STORED} log["{key}"].')
            raise KeyError(key)

    def define():
        tree = compile(source, '${PYTHON_FILE}', 'exec', ast.PyCF_ONLY_AST)
        names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        return compile(tree, '${PYTHON_FILE}', 'exec'), names[-1] if names else None

    def evaluate(log, datapoint):
        space = {'__name__': 'evaluator', '__builtins__': __builtins__}
        exec(code, space)
        found = space.get(name) if name else None
        if found is None:
            functions = [one for one in space.values() if isinstance(one, types.FunctionType)]
            found = functions[-1] if functions else None
        if not callable(found):
            raise SyntaxError('It defines no function. Write: def evaluate(log): ...')
        known = getattr(found, '__code__', None)
        both = known is None or known.co_argcount > 1 or known.co_flags & 4
        return found(log, datapoint) if both else found(log)

    # Answers go where errors would: the module keeps the other descriptors to itself.
    sys.stderr = sys.__stderr__ = sys.stdout
    source = receive()
    while checks:
        source = receive()
        if source is None:
            return
        try:
            define()
            answer('returned', 'null')
        except BaseException as error:
            answer('not_loaded', describe(error))
    broken = None
    try:
        code, name = define()
    except BaseException as error:
        broken = describe(error)
    while True:
        call = receive()
        if call is None:
            return
        if broken:
            answer('not_loaded', broken)
            continue
        try:
            given = loads(call)
            hidden = given['hidden']
            value = evaluate(Log(given['log']), given['datapoint'])
        except MemoryError:
            answer('memory', '')
            return
        except BaseException as error:
            answer('not_loaded' if isinstance(error, SyntaxError) and not error.filename else 'threw', describe(error))
            continue
        try:
            answer('returned', dumps(value, allow_nan=False))
        except MemoryError:
            answer('memory', '')
            return
        except BaseException as error:
            answer('invalid', describe(error))

main(sys.argv[1:] == ['check'], os.read, os.write, json.dumps, json.loads, compile, exec, len, str)
`;
