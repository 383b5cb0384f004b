package dev.tollgate.cli;

import java.math.BigDecimal;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads an exact decimal number from the command line, of a size that is sensible for money. */
final class Decimal implements ITypeConverter<BigDecimal> {
  private static final int DIGITS_MAX = 30;

  @Override
  public BigDecimal convert(String text) {
    BigDecimal number;
    try {
      number = new BigDecimal(text);
    } catch (NumberFormatException notANumber) {
      throw new TypeConversionException("'" + text + "' is not a number");
    }
    if (number.precision() > DIGITS_MAX || Math.abs((long) number.scale()) > DIGITS_MAX) {
      throw new TypeConversionException("'" + text + "' is out of range");
    }
    return number;
  }
}
