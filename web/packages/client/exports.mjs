/** Prints what the built package shows, as JSON: each class with its public members, null for anything else. */
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const entry = fileURLToPath(new URL('dist/types/packages/client/src/index.d.ts', import.meta.url))
const program = ts.createProgram([entry], { module: ts.ModuleKind.NodeNext, skipLibCheck: true, target: ts.ScriptTarget.ES2022 })
const checker = program.getTypeChecker()
const isPrivate = (symbol) =>
  symbol.declarations?.some((each) => ts.getCombinedModifierFlags(each) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected))

function membersOf(symbol) {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  if (!(target.flags & ts.SymbolFlags.Class)) return null
  const members = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(target))
  return members.filter((member) => !isPrivate(member) && !member.name.startsWith('__@')).map((member) => member.name)
}

const shown = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)))
console.log(JSON.stringify(Object.fromEntries(shown.map((symbol) => [symbol.name, membersOf(symbol)])), null, 2))
