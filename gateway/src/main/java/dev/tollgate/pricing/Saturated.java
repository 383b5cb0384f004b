package dev.tollgate.pricing;

/** Sums and products of non-negative numbers that stop at {@link Long#MAX_VALUE}. */
final class Saturated {
  private Saturated() {}

  static long add(long left, long right) {
    long sum = left + right;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }

  static long multiply(long left, long right) {
    long product = left * right;
    return Math.multiplyHigh(left, right) != 0 || product < 0 ? Long.MAX_VALUE : product;
  }
}
