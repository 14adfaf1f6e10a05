// SPDX-License-Identifier: Apache-2.0
// Up to eight numbers that are known before the launch. The text in front defines T.
struct Args {
    T* y;
    u32 count;
    PerDim numbers;
};
KERNEL numbers(const __grid_constant__ Args a) {
    begin();
    ready();
    EACH(i) put(a.y[i], a.numbers.v[i]);
}
