//! Makes one wasm of the pieces that `wasm_split` cut for one part.
//!
//! All pieces have the types of the whole program, import nothing but the core's memory, table and globals, export
//! nothing, and call each other through the table: a shim in the caller, which does nothing else, calls what the other
//! put into an agreed slot. Joined, such a call needs neither: it goes straight to the function, which the optimiser then
//! sees. binaryen's `wasm-merge` would keep the shims, and one memory for every piece.

use crate::symbols;
use anyhow::{Context as _, Result, bail, ensure};
use std::collections::{BTreeMap, HashMap};
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType};
use wasm_encoder::{FunctionSection, ImportSection, Module, RawSection, SectionId};
use wasmparser::{
    DataKind, ElementItems, ElementKind, FunctionBody, Operator, Parser, Payload, TypeRef,
};

/// What a piece consists of.
#[derive(Default)]
struct Piece<'a> {
    /// The type section as it stands.
    types: &'a [u8],
    imports: Vec<Import<'a>>,
    /// The type of every function, all of which are its own.
    functions: Vec<u32>,
    bodies: Vec<FunctionBody<'a>>,
    /// What it puts into the table.
    slots: Vec<(u32, u32)>,
    /// What it puts into the memory.
    data: Vec<(u32, &'a [u8])>,
    names: BTreeMap<u32, String>,
}

/// Something of the core.
#[derive(Clone, Copy, PartialEq)]
struct Import<'a> {
    module: &'a str,
    name: &'a str,
    kind: TypeRef,
}

/// One module that does what all pieces do.
///
/// # Errors
/// A piece is not as `wasm_split` makes them.
pub fn merge(pieces: &[Vec<u8>]) -> Result<Vec<u8>> {
    let pieces = pieces
        .iter()
        .map(|piece| read(piece))
        .collect::<Result<Vec<_>>>()?;
    let types = pieces.first().context("a part without a piece")?.types;
    ensure!(
        pieces.iter().all(|piece| piece.types == types),
        "two pieces of one program have other types"
    );
    let imports = shared_imports(&pieces);
    let plan = Plan::of(&pieces)?;
    let mut module = Module::new();
    module.section(&RawSection {
        id: SectionId::Type.into(),
        data: types,
    });
    module.section(&import_section(&imports)?);
    module.section(&function_section(&pieces, &plan));
    module.section(&element_section(&pieces, &plan));
    module.section(&code_section(&pieces, &plan, &imports)?);
    module.section(&data_section(&pieces));
    Ok(symbols::with_names(&module.finish(), &plan.names(&pieces)))
}

fn read(wasm: &[u8]) -> Result<Piece<'_>> {
    let mut piece = Piece {
        names: symbols::function_names(wasm)?,
        ..Piece::default()
    };
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::TypeSection(section) => {
                piece.types = wasm.get(section.range()).context("types within the file")?;
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    piece.imports.push(Import {
                        module: import.module,
                        name: import.name,
                        kind: import.ty,
                    });
                }
            }
            Payload::FunctionSection(section) => {
                piece.functions = section.into_iter().collect::<Result<_, _>>()?;
            }
            Payload::ElementSection(section) => {
                for element in section {
                    read_element(&element?, &mut piece.slots)?;
                }
            }
            Payload::CodeSectionEntry(body) => piece.bodies.push(body),
            Payload::DataSection(section) => {
                for data in section {
                    let data = data?;
                    let DataKind::Active { offset_expr, .. } = &data.kind else {
                        bail!("a piece has data that is put into the memory later");
                    };
                    piece.data.push((constant(offset_expr)?, data.data));
                }
            }
            Payload::GlobalSection(_) | Payload::MemorySection(_) | Payload::TableSection(_) => {
                bail!("a piece has a memory, a table or a global of its own");
            }
            Payload::ExportSection(section) if section.count() == 0 => {}
            Payload::ExportSection(_) | Payload::StartSection { .. } => {
                bail!("a piece exports or starts something");
            }
            _ => {}
        }
    }
    Ok(piece)
}

fn read_element(element: &wasmparser::Element<'_>, slots: &mut Vec<(u32, u32)>) -> Result<()> {
    let ElementKind::Active { offset_expr, .. } = &element.kind else {
        bail!("a piece fills the table later");
    };
    let ElementItems::Functions(functions) = &element.items else {
        bail!("a piece fills the table with something else than functions");
    };
    for (slot, function) in (constant(offset_expr)?..).zip(functions.clone()) {
        slots.push((slot, function?));
    }
    Ok(())
}

fn constant(expression: &wasmparser::ConstExpr<'_>) -> Result<u32> {
    match expression.get_operators_reader().read()? {
        Operator::I32Const { value } => Ok(value.cast_unsigned()),
        _ => bail!("a place in memory or table that is not a number"),
    }
}

/// What the pieces import, each once.
fn shared_imports<'a>(pieces: &[Piece<'a>]) -> Vec<Import<'a>> {
    let mut all: Vec<Import<'a>> = Vec::new();
    for import in pieces.iter().flat_map(|piece| &piece.imports) {
        if !all.contains(import) {
            all.push(*import);
        }
    }
    all
}

/// The slot that a function calls, if it does nothing but hand its arguments on.
fn shim(body: &FunctionBody<'_>) -> Result<Option<u32>> {
    let mut reader = body.get_binary_reader();
    if reader.read_var_u32()? != 0 {
        return Ok(None); // It has variables of its own.
    }
    let mut operators = body.get_operators_reader()?;
    let mut arguments = 0;
    let slot = loop {
        match operators.read()? {
            Operator::LocalGet { local_index } if local_index == arguments => arguments += 1,
            Operator::I32Const { value } => break value.cast_unsigned(),
            _ => return Ok(None),
        }
    };
    let calls_and_ends = matches!(operators.read()?, Operator::CallIndirect { .. })
        && matches!(operators.read()?, Operator::End)
        && operators.eof();
    Ok(calls_and_ends.then_some(slot))
}

/// Where the functions of the pieces go.
struct Plan {
    /// The functions that stay, by piece and index there.
    kept: Vec<(usize, u32)>,
    /// For each piece, the new index of each of its functions.
    index: Vec<Vec<u32>>,
}

/// A function's name among the pieces: which piece, and its index there.
type Place = (usize, u32);

impl Plan {
    fn of(pieces: &[Piece<'_>]) -> Result<Self> {
        let mut filled: HashMap<u32, Place> = HashMap::new();
        for (at, piece) in pieces.iter().enumerate() {
            for (slot, function) in &piece.slots {
                filled.insert(*slot, (at, *function));
            }
        }
        let mut kept: Vec<Place> = Vec::new();
        let mut moved: HashMap<Place, u32> = HashMap::new();
        let mut replaced: Vec<(Place, Place)> = Vec::new();
        // The same shim in several pieces stays once. Its type is part of what it is.
        let mut shims: HashMap<(u32, u32), Place> = HashMap::new();
        for (at, piece) in pieces.iter().enumerate() {
            ensure!(
                piece.functions.len() == piece.bodies.len(),
                "functions without code"
            );
            for ((index, kind), body) in (0..).zip(&piece.functions).zip(&piece.bodies) {
                let place = (at, index);
                let other = match shim(body)? {
                    None => place,
                    Some(slot) => {
                        let same_type = |(at, index): &Place| {
                            let function = usize::try_from(*index).unwrap_or(usize::MAX);
                            pieces[*at].functions.get(function) == Some(kind)
                        };
                        let target = filled.get(&slot).copied().filter(same_type);
                        target.unwrap_or(*shims.entry((slot, *kind)).or_insert(place))
                    }
                };
                if other == place {
                    moved.insert(place, u32::try_from(kept.len())?);
                    kept.push(place);
                } else {
                    replaced.push((place, other));
                }
            }
        }
        let replaced: HashMap<Place, Place> = replaced.into_iter().collect();
        let find = |mut place: Place| -> Result<u32> {
            // A target may be a shim itself, but no ring of them is longer than all of them.
            for _ in 0..=replaced.len() {
                match replaced.get(&place) {
                    Some(next) => place = *next,
                    None => return moved.get(&place).copied().context("a function left out"),
                }
            }
            bail!("shims that call each other")
        };
        let index = pieces
            .iter()
            .enumerate()
            .map(|(at, piece)| {
                (0..)
                    .zip(&piece.functions)
                    .map(|(index, _)| find((at, index)))
                    .collect()
            })
            .collect::<Result<_>>()?;
        Ok(Self { kept, index })
    }

    fn names(&self, pieces: &[Piece<'_>]) -> BTreeMap<u32, String> {
        (0..)
            .zip(&self.kept)
            .filter_map(|(new, (at, old))| Some((new, pieces[*at].names.get(old)?.clone())))
            .collect()
    }
}

fn import_section(imports: &[Import<'_>]) -> Result<ImportSection> {
    let mut section = ImportSection::new();
    for import in imports {
        ensure!(
            !matches!(import.kind, TypeRef::Func(_) | TypeRef::FuncExact(_)),
            "a piece imports the function `{}`",
            import.name
        );
        let kind = EntityType::try_from(import.kind)
            .ok()
            .with_context(|| format!("`{}` is of an unknown kind", import.name))?;
        section.import(import.module, import.name, kind);
    }
    Ok(section)
}

fn function_section(pieces: &[Piece<'_>], plan: &Plan) -> FunctionSection {
    let mut section = FunctionSection::new();
    for (at, function) in &plan.kept {
        let function = usize::try_from(*function).unwrap_or(usize::MAX);
        section.function(pieces[*at].functions[function]);
    }
    section
}

fn element_section(pieces: &[Piece<'_>], plan: &Plan) -> ElementSection {
    let mut slots: BTreeMap<u32, u32> = BTreeMap::new();
    for (piece, index) in pieces.iter().zip(&plan.index) {
        for (slot, function) in &piece.slots {
            let function = usize::try_from(*function).unwrap_or(usize::MAX);
            slots.insert(*slot, index[function]);
        }
    }
    let mut section = ElementSection::new();
    let slots: Vec<(u32, u32)> = slots.into_iter().collect();
    for run in slots.chunk_by(|(one, _), (next, _)| one + 1 == *next) {
        let Some((start, _)) = run.first() else {
            continue;
        };
        let functions: Vec<u32> = run.iter().map(|(_, function)| *function).collect();
        let start = ConstExpr::i32_const(start.cast_signed());
        section.active(None, &start, Elements::Functions(functions.into()));
    }
    section
}

fn data_section(pieces: &[Piece<'_>]) -> DataSection {
    let mut data: Vec<(u32, Vec<u8>)> = Vec::new();
    let mut sorted: Vec<(u32, &[u8])> = pieces.iter().flat_map(|p| p.data.clone()).collect();
    sorted.retain(|(_, bytes)| !bytes.is_empty());
    sorted.sort_unstable();
    for (start, bytes) in sorted {
        match data.last_mut() {
            // Only what touches: a gap may hold another part's data.
            Some((before, joined)) if *before as usize + joined.len() == start as usize => {
                joined.extend(bytes);
            }
            _ => data.push((start, bytes.to_vec())),
        }
    }
    let mut section = DataSection::new();
    for (start, bytes) in data {
        section.active(0, &ConstExpr::i32_const(start.cast_signed()), bytes);
    }
    section
}

fn code_section(pieces: &[Piece<'_>], plan: &Plan, imports: &[Import<'_>]) -> Result<CodeSection> {
    let mut movers = pieces
        .iter()
        .zip(&plan.index)
        .map(|(piece, functions)| Mover::of(piece, functions, imports))
        .collect::<Result<Vec<_>>>()?;
    let mut section = CodeSection::new();
    for (at, function) in &plan.kept {
        let function = usize::try_from(*function).unwrap_or(usize::MAX);
        let body = pieces[*at].bodies[function].clone();
        movers[*at]
            .parse_function_body(&mut section, body)
            .context("a function cannot be moved")?;
    }
    Ok(section)
}

/// Writes a piece's code with the numbers that functions and globals have in the whole.
struct Mover<'a> {
    functions: &'a [u32],
    globals: Vec<u32>,
}

impl<'a> Mover<'a> {
    fn of(piece: &Piece<'_>, functions: &'a [u32], imports: &[Import<'_>]) -> Result<Self> {
        let is_global = |import: &&Import<'_>| matches!(import.kind, TypeRef::Global(_));
        let count = |kind: fn(&TypeRef) -> bool| imports.iter().filter(|i| kind(&i.kind)).count();
        ensure!(
            count(|kind| matches!(kind, TypeRef::Memory(_))) <= 1
                && count(|kind| matches!(kind, TypeRef::Table(_))) <= 1,
            "pieces with several memories or tables"
        );
        let globals = piece
            .imports
            .iter()
            .filter(is_global)
            .map(|own| {
                let all = (0..).zip(imports.iter().filter(is_global));
                let mut same = all.filter(|(_, import)| *import == own);
                same.next()
                    .map(|(index, _)| index)
                    .context("a global left out")
            })
            .collect::<Result<_>>()?;
        Ok(Self { functions, globals })
    }
}

/// Code refers to something that its piece does not have.
#[derive(Debug)]
struct Unknown(&'static str);

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Unknown {}

fn find(list: &[u32], index: u32, what: &'static str) -> Result<u32, reencode::Error<Unknown>> {
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    list.get(index)
        .copied()
        .ok_or(reencode::Error::UserError(Unknown(what)))
}

impl Reencode for Mover<'_> {
    type Error = Unknown;

    fn function_index(&mut self, index: u32) -> Result<u32, reencode::Error<Unknown>> {
        find(self.functions, index, "an unknown function")
    }

    fn global_index(&mut self, index: u32) -> Result<u32, reencode::Error<Unknown>> {
        find(&self.globals, index, "an unknown global")
    }

    fn data_index(&mut self, _: u32) -> Result<u32, reencode::Error<Unknown>> {
        // Segments are joined, so that their numbers mean nothing any more.
        Err(reencode::Error::UserError(Unknown(
            "a number of a data segment",
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{Function, GlobalType, Instruction, MemoryType, TypeSection, ValType};

    /// A piece with functions of type `(i32)`, the first of which fills the slot, and a word in memory.
    fn piece(slot: u32, functions: &[&[Instruction<'_>]], word: (i32, &str)) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([ValType::I32], []);
        let mut imports = ImportSection::new();
        let memory = MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        };
        let table = wasm_encoder::TableType {
            element_type: wasm_encoder::RefType::FUNCREF,
            minimum: 9,
            maximum: None,
            table64: false,
            shared: false,
        };
        let stack = GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        };
        imports.import("core", "memory", memory);
        imports.import("core", "table", table);
        imports.import("core", "stack", stack);
        let (mut kinds, mut code) = (FunctionSection::new(), CodeSection::new());
        for instructions in functions {
            kinds.function(0);
            let mut function = Function::new([]);
            for instruction in *instructions {
                function.instruction(instruction);
            }
            function.instruction(&Instruction::End);
            code.function(&function);
        }
        let mut elements = ElementSection::new();
        let place = ConstExpr::i32_const(slot.cast_signed());
        elements.active(None, &place, Elements::Functions(vec![0].into()));
        let mut data = DataSection::new();
        data.active(0, &ConstExpr::i32_const(word.0), word.1.bytes());
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&kinds);
        module.section(&elements).section(&code).section(&data);
        module.finish()
    }

    fn shim_to(slot: i32) -> [Instruction<'static>; 3] {
        [
            Instruction::LocalGet(0),
            Instruction::I32Const(slot),
            Instruction::CallIndirect {
                type_index: 0,
                table_index: 0,
            },
        ]
    }

    /// What each function of the whole calls.
    fn calls(wasm: &[u8]) -> Vec<Vec<u32>> {
        let piece = read(wasm).expect("a wasm");
        let called = |body: &FunctionBody<'_>| {
            let operators = body.get_operators_reader().expect("code").into_iter();
            operators
                .filter_map(|operator| match operator.expect("code") {
                    Operator::Call { function_index } => Some(function_index),
                    _ => None,
                })
                .collect()
        };
        piece.bodies.iter().map(called).collect()
    }

    #[test]
    fn pieces_of_a_part_call_each_other_without_the_table_and_others_through_one_shim() {
        let (near, far) = (shim_to(6), shim_to(2));
        let call = |function| [Instruction::LocalGet(0), Instruction::Call(function)];
        let both = [call(1), call(2)].concat();
        let one = piece(5, &[&both, &near, &far], (100, "one"));
        let other = piece(6, &[&call(1), &far], (103, "two"));
        let whole = merge(&[one, other]).expect("merged");
        // The first function of each, and the shim to a slot that neither fills.
        assert_eq!(calls(&whole), [vec![2, 1], vec![], vec![1]]);
        let whole = read(&whole).expect("a wasm");
        assert_eq!(whole.imports.len(), 3);
        assert_eq!(whole.slots, [(5, 0), (6, 2)]);
        assert_eq!(whole.data, [(100, b"onetwo".as_slice())]);
    }

    #[test]
    fn data_with_a_gap_between_stays_apart() {
        let pieces = [piece(5, &[&[]], (104, "b")), piece(6, &[&[]], (100, "a"))];
        let whole = merge(&pieces).expect("merged");
        let data = read(&whole).expect("a wasm").data;
        assert_eq!(data, [(100, b"a".as_slice()), (104, b"b".as_slice())]);
    }

    #[test]
    fn pieces_of_different_programs_are_refused() {
        let stranger = Module::new().finish();
        assert!(merge(&[piece(5, &[&[]], (0, "")), stranger]).is_err());
        assert!(merge(&[]).is_err());
    }
}
