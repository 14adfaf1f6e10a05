// SPDX-License-Identifier: Apache-2.0
// Sums of products over labelled dimensions; a thread takes a result. The text in front defines T, N and INPUTS.
struct Args {
    const T* in[INPUTS];
    T* y;
    u32 count, terms;
    Places places, summed;
    PerDim stride[INPUTS], step[INPUTS];  // along the result's dimensions, along the summed ones
};
KERNEL einsum(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) {
        i64 first[INPUTS] = {};
        eachDim(a.places, i, [&](int d, i64 place) {
#pragma unroll
            for (int k = 0; k < INPUTS; k++) first[k] += place * a.stride[k].v[d];
        });
        N sum = 0;
#pragma unroll 1
        for (u32 t = 0; t < a.terms; t++) {
            i64 at[INPUTS];
#pragma unroll
            for (int k = 0; k < INPUTS; k++) at[k] = first[k];
            eachDim(a.summed, t, [&](int d, i64 place) {
#pragma unroll
                for (int k = 0; k < INPUTS; k++) at[k] += place * a.step[k].v[d];
            });
            N product = 1;
#pragma unroll
            for (int k = 0; k < INPUTS; k++) product *= num(a.in[k][at[k]]);
            sum += product;
        }
        put(a.y[i], sum);
    }
}
