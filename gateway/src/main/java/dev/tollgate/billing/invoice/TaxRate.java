package dev.tollgate.billing.invoice;

import java.math.BigInteger;

/**
 * A tax on usage and fees. All is whole numbers; what is half a cent rounds away from zero.
 *
 * @param name as the paper calls it: {@code VAT}
 * @param ppm millionths of the net amount: 19 % is 190,000
 * @param isIncluded whether it is in the prices; else it comes on top of them
 */
public record TaxRate(String name, long ppm, boolean isIncluded) {
  private static final long WHOLE_PPM = 1_000_000;

  public TaxRate {
    if (ppm < 0 || ppm > WHOLE_PPM) {
      throw new IllegalArgumentException("not a rate of a tax: " + ppm + " ppm");
    }
  }

  /**
   * The tax in, or on, so many cents of usage and fees.
   *
   * @param cents below zero where more was taken back than used
   */
  public long cents(long cents) {
    BigInteger part = BigInteger.valueOf(cents).multiply(BigInteger.valueOf(ppm));
    return halfUp(part, BigInteger.valueOf(isIncluded ? WHOLE_PPM + ppm : WHOLE_PPM));
  }

  private static long halfUp(BigInteger dividend, BigInteger divisor) {
    BigInteger size =
        dividend
            .abs()
            .multiply(BigInteger.TWO)
            .add(divisor)
            .divide(divisor.multiply(BigInteger.TWO));
    return (dividend.signum() < 0 ? size.negate() : size).longValueExact();
  }
}
