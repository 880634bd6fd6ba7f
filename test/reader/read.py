"""Verifies a sojourn object as docs/format.md says, with nothing but the standard library: canonical form, hashes, order, the statements
of all seals, a receipt. The standard library has no Ed25519, so signatures are not checked, and the summary says so.

Usage: read.py FILE [RECEIPT-IN-HEX]. Prints one JSON object; exit status 0 if all that was checked holds, 1 and the index if not.
"""
import hashlib, json, math, struct, sys

KINDS = {"blob": 2, "signal": 3, "open": 5, "call": 5, "result": 5, "proposal": 6, "verdict": 3, "wake": 3, "intent": 4,
         "child": 7, "recover": 2, "outcome": 10, "seal": 4, "cancel": 2, "aggregate": 4, "witness": 4, "failure": 5, "negative": 7,
         "retire": 2, "attempts": 9, "checkpoint": 3, "follow": 3, "readmit": 3}
CLOSABLE = ("signal", "call", "result", "proposal", "intent", "failure", "negative", "outcome")
ALONE = ("signal", "witness", "attempts", "checkpoint", "follow", "readmit")
MAX_INT, MAX_DEPTH, MAX_ITEM, MAX_BLOB = 2**53 - 1, 64, 8 * 2**20, 32 * 2**20 + 1024
PROTECTED = bytes.fromhex("a20127045820")


class Bad(Exception):
    def __init__(self, reason, index, message):
        super().__init__(message)
        self.reason, self.index = reason, index


def sha(data):
    return hashlib.sha256(data).digest()


class Decoder:
    """Reads one canonical item from `data` at `at`."""

    def __init__(self, data, at, index):
        self.data, self.at, self.start, self.index = data, at, at, index

    def bad(self, reason, message):
        return Bad(reason, self.index, f"byte {self.at}: {message}")

    def take(self, count):
        if self.at + count - self.start > MAX_BLOB:
            raise self.bad("limit", "the item is too long")
        if self.at + count > len(self.data):
            raise self.bad("truncated", "the end within an item")
        self.at += count
        return self.data[self.at - count:self.at]

    def argument(self, major, info):
        if info < 24:
            return info
        if info > 27:
            known = info == 31 and 2 <= major <= 5
            raise self.bad("canonical" if known else "malformed", f"additional information {info}")
        size = 1 << (info - 24)
        number = int.from_bytes(self.take(size), "big")
        if number < (24 if size == 1 else 1 << (4 * size)) or number > MAX_INT - (major == 1):
            raise self.bad("canonical", "not the shortest head, or too large a number")
        return number

    def value(self, depth=0):
        initial = self.take(1)[0]
        major, info = initial >> 5, initial & 31
        if major == 6:
            raise self.bad("canonical", "a tag")
        if major == 7:
            return self.simple(info)
        number = self.argument(major, info)
        if major == 0:
            return number
        if major == 1:
            return -1 - number
        if major == 2:
            return self.take(number)
        if major == 3:
            try:
                return self.take(number).decode("utf-8")
            except UnicodeDecodeError:
                raise self.bad("malformed", "no UTF-8")
        if depth == MAX_DEPTH:
            raise self.bad("limit", "too deep")
        if number > MAX_BLOB:
            raise self.bad("limit", "too many members")
        return [self.value(depth + 1) for _ in range(number)] if major == 4 else self.map(number, depth)

    def simple(self, info):
        if info in (20, 21, 22):
            return {20: False, 21: True, 22: None}[info]
        if info != 27:
            raise self.bad("malformed" if info > 27 else "canonical", f"simple value or short float {info}")
        number = struct.unpack(">d", self.take(8))[0]
        if not math.isfinite(number) or (number.is_integer() and abs(number) <= MAX_INT):
            raise self.bad("canonical", "a float that is none")
        return number

    def map(self, size, depth):
        result, before = {}, b""
        for _ in range(size):
            start = self.at
            key = self.value(MAX_DEPTH)
            encoded = self.data[start:self.at]
            if not isinstance(key, str) or key[:1] == "\ufeff" or encoded <= before:
                raise self.bad("canonical", "keys that are no texts, or out of order")
            before = encoded
            result[key] = self.value(depth + 1)
        return result


def encode(value):
    """Canonical bytes of what is signed and of receipts: whole numbers, texts, bytes and lists."""
    def head(major, number):
        if number < 24:
            return bytes([major << 5 | number])
        size = next(s for s in (1, 2, 4, 8) if number < 1 << (8 * s))
        return bytes([major << 5 | 23 + size.bit_length()]) + number.to_bytes(size, "big")
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, dict):
        return head(5, 0)
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(encode, value))
    data = value.encode() if isinstance(value, str) else value
    return head(3 if isinstance(value, str) else 2, len(data)) + data


def whole(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def sized(value, length):
    return isinstance(value, bytes) and len(value) == length


def read_items(data):
    """Bytes of each item, and its value or the error in its place; nothing is looked for behind an error."""
    at = index = 0
    while at < len(data):
        decoder = Decoder(data, at, index)
        try:
            value = decoder.value()
            if decoder.at - at > MAX_ITEM and not (isinstance(value, list) and value[6:7] == ["blob"]):
                raise decoder.bad("limit", "the item is too long")
        except Bad as error:
            yield data[at:], error
            return
        yield data[at:decoder.at], value
        at, index = decoder.at, index + 1


def check_genesis(item):
    if not isinstance(item, list) or not item:
        raise Bad("malformed", 0, "the genesis is no list")
    if item[0] != 2 or (len(item) > 2 and item[2] != "0.2.0"):
        raise Bad("version", 0, f"format {item[0]!r}, contract {item[2:3]!r}")
    if len(item) != 9 or not sized(item[4], 16) or not sized(item[5], 32) or not whole(item[3]):
        raise Bad("malformed", 0, "not the fields of a genesis")
    if not isinstance(item[6], list) or len(item[6]) != 4:
        raise Bad("intent", 0, "the intent has not its four fields")
    if not isinstance(item[7], list) or len(item[7]) != 5 or not sized(item[7][0], 32):
        raise Bad("context", 0, "the context has not its five fields, or no creator")


def check_entry(index, entry):
    if not isinstance(entry, list) or len(entry) != 8:
        raise Bad("malformed", index, "no list of eight")
    seq, prev, time, node, cycle, policy, kind, body = entry
    if not isinstance(kind, str) or kind not in KINDS:
        raise Bad("version", index, f"kind {kind!r}")
    header = whole(seq) and sized(prev, 32) and whole(time) and sized(node, 16) and whole(cycle)
    if not header or not (policy is None or sized(policy, 32)):
        raise Bad("malformed", index, f"not the fields of an entry of kind {kind}")
    if isinstance(body, dict) and "sealed" in body:
        check_closed(index, kind, body)
    elif not isinstance(body, list) or len(body) != KINDS[kind]:
        raise Bad("malformed", index, f"not the fields of an entry of kind {kind}")


def check_closed(index, kind, body):
    """A confidential body: it may have one, its digest fits, and what is sealed is a COSE_Encrypt of the one form."""
    sealed = body["sealed"]
    if kind not in CLOSABLE or len(body) != 2 or not sized(body.get("digest"), 32):
        raise Bad("malformed", index, f"no confidential body of a {kind} entry")
    if sealed is None:
        return
    if not isinstance(sealed, bytes) or sha(sealed) != body["digest"] or not is_cose_encrypt(sealed):
        raise Bad("malformed", index, "not the COSE_Encrypt of the digest")


def is_cose_encrypt(sealed):
    def parts(data, *form):
        found = []
        for part in form:
            piece, data = data[:part if isinstance(part, int) else len(part)], data[part if isinstance(part, int) else len(part):]
            if len(piece) != (part if isinstance(part, int) else len(part)) or not (isinstance(part, int) or piece == part):
                raise ValueError("another form")
            found.append(piece)
        return found, data
    try:
        _, rest = parts(sealed, bytes.fromhex("84582da201181866636f6d6d69745820"), 32, bytes.fromhex("a1054c"), 12)
        decoder = Decoder(rest, 0, 0)
        text = decoder.value()
        count, rest = rest[decoder.at] - 0x80, rest[decoder.at + 1:]
        ids = []
        for _ in range(count):
            found, rest = parts(rest, bytes.fromhex("8344a101381ea20450"), 16, bytes.fromhex("20a301012004215820"), 32, bytes.fromhex("5828"), 40)
            ids.append(found[1])
        return isinstance(text, bytes) and len(text) >= 16 and 1 <= count <= 16 and rest == b"" and ids == sorted(set(ids))
    except (ValueError, IndexError, Bad):
        return False


def chain_bytes(raw, entry):
    """What of an item is hashed: of one with a confidential body, the item without its ciphertext."""
    sealed = entry[7].get("sealed") if isinstance(entry, list) and len(entry) == 8 and isinstance(entry[7], dict) else None
    return raw[:-len(encode(sealed))] + b"\xf6" if isinstance(sealed, bytes) else raw


def node_of(key):
    return sha(key)[:16] if key else bytes(16)


def open_seal(index, body):
    """Key (empty where it is unsigned) and statement of a seal."""
    protected, unprotected, payload, signature = body
    signed = isinstance(protected, bytes) and protected[:6] == PROTECTED and sized(protected, 38) and sized(signature, 64)
    if not (signed or protected == signature == b"") or unprotected != {} or not isinstance(payload, bytes):
        raise Bad("malformed", index, "no COSE_Sign1 of the only form")
    decoder = Decoder(payload, 0, index)
    statement = decoder.value()
    if not isinstance(statement, list) or statement[:1] != ["sojourn/seal"] or decoder.at != len(payload):
        raise Bad("seal", index, "no statement")
    if statement[1:2] != [1]:
        raise Bad("version", index, "a statement of another version")
    if len(statement) != 9 or not whole(statement[8]) or statement[8] > 1000:
        raise Bad("seal", index, "not the fields of a statement")
    return protected[6:], statement


def check_seal(index, entry, ident):
    key, statement = open_seal(index, entry[7])
    seq, prev, time, node, cycle = entry[:5]
    if node_of(key) != statement[6]:
        raise Bad("node", index, "the seal's key is not that of the node it names")
    if statement[2:8] != [ident, seq, prev, time, node, cycle]:
        raise Bad("seal", index, "the statement says something else than the chain")
    return key


def check_witness(index, body):
    """The receipt is of the object that is named, and the items link up to its head."""
    ident, receipt, stored, _ = body
    try:
        key, statement = open_seal(index, Decoder(receipt, 0, index).value())
        if not key or statement[2] != ident or len(stored) > 64 or sum(map(len, stored)) > 2**20:
            raise Bad("witness", index, "no signed receipt of that object, or too much beside it")
        wanted = statement[4]
        for back, raw in enumerate(reversed(stored), 1):
            entry = Decoder(raw, 0, index).value()
            check_entry(index, entry)
            if sha(chain_bytes(raw, entry)) != wanted or entry[0] != statement[3] - back or entry[6] == "seal":
                raise Bad("witness", index, "an item that does not link up to the receipt")
            wanted = entry[1]
    except Bad as error:
        raise Bad("witness", index, str(error))


def next_stage(stage, kind, unsealed):
    if stage == "new":
        return {"blob": "new", "seal": "between"}.get(kind)
    if stage == "closed":
        return {"recover": "closed", "seal": "between"}.get(kind)
    if stage == "open":
        return None if kind in (*ALONE, "seal") else "closed" if kind == "outcome" else "open"
    if kind == "checkpoint" and unsealed:
        return None
    if kind in ("blob", *ALONE):
        return "between"
    if kind in ("recover", "seal"):
        return "between" if unsealed else None
    return "closed" if kind == "outcome" else "open"


def displaced(error, index, items, head):
    """The error, with the index of the item before where it is that one whose length was altered."""
    before, rest = items[index - 1][0], b"".join(raw for raw, _ in items[index:])
    if head not in rest[:45]:
        found = (before + rest[:MAX_ITEM]).find(b"\x88" + encode(index) + b"\x58\x20")
        if found >= 0 and found != len(before):
            error.index = index - 1
    return error


def altered(index, items, digest):
    """Which of the two sides of a broken link was altered."""
    following = items[index + 1][1] if index + 1 < len(items) else None
    if isinstance(following, list) and len(following) == 8:
        return index - 1 if following[1] == digest else index
    entry = items[index][1]
    if not isinstance(following, list) and entry[6] == "seal":
        try:
            check_seal(index, entry, open_seal(index, entry[7])[1][2])
            return index - 1
        except Bad:
            pass
    return index


def grow(tree, item_hash):
    """Appends a leaf to the right edge of a Merkle tree (RFC 6962): [number of leaves, hash] of each complete subtree."""
    tree = tree + [(1, sha(b"\0" + item_hash))]
    while len(tree) > 1 and tree[-2][0] == tree[-1][0]:
        (size, left), (_, right) = tree[-2:]
        tree = tree[:-2] + [(2 * size, sha(b"\1" + left + right))]
    return tree


def begin_carried(items):
    """Position, tree, stage and cycle from which a carried object goes on; None for a whole one."""
    at = next((i for i, (_, e) in enumerate(items) if i and not (isinstance(e, list) and e[6:7] == ["blob"])), 0)
    entry = items[at][1] if at else None
    if not isinstance(entry, list) or entry[6:7] != ["checkpoint"]:
        return None
    check_entry(at, entry)
    seq, (size, hashes, state) = entry[0], entry[7]
    sizes = [1 << bit for bit in reversed(range(53)) if size >> bit & 1]
    if size != seq or len(hashes) != len(sizes):
        raise Bad("checkpoint", seq, "no tree of as many items")
    if not isinstance(state, list) or len(state) < 4 or not whole(state[1]) or not isinstance(state[2], list):
        raise Bad("malformed", seq, "no state")
    kept = [(entry[0], sha(raw)) for raw, entry in items[1:at]]
    for number, media, digest in state[2]:
        if kept and kept[0][0] == number:
            if kept.pop(0)[1] != digest:
                raise Bad("checkpoint", number, "another blob than the checkpoint names")
        elif media != "application/wasm":
            raise Bad("checkpoint", number, "a blob is missing")
    if kept:
        raise Bad("checkpoint", kept[0][0], "a blob that the checkpoint does not name")
    return at, list(zip(sizes, hashes)), state[1]


def verify(data, receipt):
    items = list(read_items(data))
    if not items:
        raise Bad("unsealed", 0, "no genesis")
    first, genesis = items[0]
    if isinstance(genesis, Bad):
        raise genesis
    check_genesis(genesis)
    ident = head = sha(first)
    creator = genesis[7][0] if any(genesis[7][0]) else b""
    holder, stage, cycle, sealed, unsealed, policy = node_of(creator), "new", 0, -1, 1, None
    found = {"ok": True, "id": ident.hex(), "cycles": 0, "seals": 0, "unsigned": False, "nodes": [], "kinds": [], "closed": [], "redacted": []}
    wanted = open_seal(0, Decoder(receipt, 0, 0).value())[1] if receipt else None
    if wanted and wanted[2] != ident:
        raise Bad("receipt", 0, "the receipt is of another object")
    carried, shift, tree = begin_carried(items), 0, grow([], ident)
    if carried:
        at, tree, cycle = carried
        entry = items[at][1]
        shift, head, sealed, stage, unsealed, holder = entry[0] - at, entry[1], entry[0] - 1, "between", 0, None
        if wanted and wanted[3] < entry[0]:
            raise Bad("archived", wanted[3], "the receipt is of an entry in an archive")
    for index, (raw, entry) in enumerate(items[at:] if carried else items[1:], shift + at if carried else 1):
        try:
            if isinstance(entry, Bad):
                raise entry
            check_entry(index, entry)
        except Bad as error:
            raise error if carried else displaced(error, index, items, head)
        seq, prev, time, node, number, digest, kind, body = entry
        if seq != index:
            raise Bad("seq", index, f"entry {seq} in the place of {index}")
        if prev != head:
            raise Bad("prev", altered(index - shift, items, sha(chain_bytes(raw, entry))) + shift, "a link is broken")
        if kind == "recover":
            if body != [holder, sealed + 1]:
                raise Bad("recover", index, "it does not name what was left")
            holder = node
        holder = holder or node
        if node != holder:
            raise Bad("node" if found["seals"] or carried else "creator", index, "an entry of another node")
        if kind == "seal":
            if digest != policy:
                raise Bad("seal", index, "another policy than that of the entry before")
            key = check_seal(index, entry, ident)
            if not carried and not found["seals"] and key != creator:
                raise Bad("creator", index, "not the creator's key")
            found["seals"] += 1
            found["unsigned"] |= not key
            found["nodes"] += [] if node.hex() in found["nodes"] else [node.hex()]
        if kind == "witness":
            check_witness(index, body)
        starts = stage == "between" and kind not in ("blob", *ALONE, "recover", "seal")
        stage = next_stage(stage, kind, unsealed)
        if stage is None or number != cycle + starts:
            raise Bad("order", index, f"a {kind} entry of cycle {number} may not stand here")
        if wanted and index == wanted[3] and (kind != "seal" or body[2] != encode(wanted)):
            raise Bad("fork", index, "the receipt is of another history")
        if kind == "checkpoint" and body[1] != [digest for _, digest in tree]:
            raise Bad("checkpoint", index, "another tree than that of the items before it")
        tree = grow(tree, sha(chain_bytes(raw, entry)))
        unsealed = 0 if kind == "seal" else unsealed + 1
        sealed, holder = (index, None) if kind == "seal" else (sealed, holder)
        cycle, policy, head = number, digest, sha(chain_bytes(raw, entry))
        if isinstance(body, dict):
            found["closed"].append(index)
            found["redacted"] += [index] if body["sealed"] is None else []
        found["cycles"] += kind == "outcome"
        found["kinds"].append(kind)
    if wanted and len(items) + shift <= wanted[3]:
        raise Bad("tail", len(items) + shift, f"nothing at {wanted[3]}, which the receipt is of")
    if not found["seals"]:
        raise Bad("unsealed", 0, "no seal")
    embedded = [sha(entry[7][1]) for _, entry in items[1:] if entry[6] == "blob"]
    return {**found, "seq": len(items) - 1 + shift, "head": head.hex(), "unsealed": unsealed, "handlerEmbedded": genesis[5] in embedded,
            "signatures": "not checked: Python's standard library has no Ed25519"}


def main():
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    try:
        result, status = verify(data, bytes.fromhex(sys.argv[2]) if len(sys.argv) > 2 else b""), 0
    except Bad as error:
        result, status = {"ok": False, "index": error.index, "reason": error.reason, "message": str(error)}, 1
    print(json.dumps(result))
    sys.exit(status)


main()
