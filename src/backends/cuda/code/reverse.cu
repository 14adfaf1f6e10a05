// SPDX-License-Identifier: Apache-2.0
// The first elements of each sequence in reverse order. The text in front defines W and I.
struct Args {
    const W* x;
    const I* lengths;
    W* y;
    u32 count;
    Divisor batchInner, batch, sequenceInner, sequence;
};
KERNEL reverse(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) {
        const u32 b = quotient(i, a.batchInner), s = quotient(i, a.sequenceInner);
        const u32 batch = b - quotient(b, a.batch) * a.batch.d, place = s - quotient(s, a.sequence) * a.sequence.d;
        const i64 length = (i64)a.lengths[batch];
        const bool turns = place < length && length <= a.sequence.d;
        a.y[i] = a.x[turns ? (i64)i + (length - 1 - 2 * (i64)place) * a.sequenceInner.d : (i64)i];
    }
}
