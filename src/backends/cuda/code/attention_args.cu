// SPDX-License-Identifier: Apache-2.0
// Arguments of the kernels of attention that read rows where they lie. The text in front defines T.
struct Args {
    const T *q, *k, *v;
    const void* mask;
    T* y;
    i32 queries, keys, depth, valueDepth, heads, group;  // query heads of one key head
    i32 causal;
    float scale;
    i64 qStride[3], kStride[3], vStride[3], yStride[3];  // batch, head, row
    i64 maskStride[4];                                   // batch, head, row, column
    const void* quantizer;                               // of probabilities
    i64 column[4];                                       // strides of columns of query, key, value, result
};
