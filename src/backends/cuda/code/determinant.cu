// SPDX-License-Identifier: Apache-2.0
// Determinants by elimination with the largest pivot of each column; a thread takes a matrix and a copy of it in double.
// The text in front defines T.
struct Args {
    const T* x;
    T* y;
    double* copy;
    u32 count, size;
};
KERNEL determinant(const __grid_constant__ Args a) {
    begin();
    ready();
    const u32 n = a.size;
    EACH(i) {
        double* m = a.copy + (i64)i * n * n;
        for (u32 k = 0; k < n * n; k++) m[k] = num(a.x[(i64)i * n * n + k]);
        double result = 1;
#pragma unroll 1
        for (u32 k = 0; k < n && result != 0; k++) {
            u32 pivot = k;
            for (u32 row = k + 1; row < n; row++)
                if (fabs(m[row * n + k]) > fabs(m[pivot * n + k])) pivot = row;
            const double head = m[pivot * n + k];
            result *= pivot == k ? head : -head;
            if (head == 0) break;
            for (u32 c = k; c < n && pivot != k; c++) {
                const double kept = m[k * n + c];
                m[k * n + c] = m[pivot * n + c];
                m[pivot * n + c] = kept;
            }
            for (u32 row = k + 1; row < n; row++) {
                const double factor = m[row * n + k] / head;
                for (u32 c = k; c < n; c++) m[row * n + c] -= factor * m[k * n + c];
            }
        }
        put(a.y[i], (float)(result == 0 ? 0.0 : result));
    }
}
