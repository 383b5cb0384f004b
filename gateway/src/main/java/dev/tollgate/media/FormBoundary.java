package dev.tollgate.media;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What stands between the parts of a form, as the content type of the whole says. */
public final class FormBoundary {
  private static final String FORM = "multipart/form-data";
  private static final String SPECIALS = "'()+_,-./:=? ";
  private static final int CHARACTERS_MAX = 70;

  private FormBoundary() {}

  /** Whether that is the content type of a form. */
  public static boolean isForm(String contentType) {
    return FormParameters.kind(contentType).equals(FORM);
  }

  /**
   * @param contentType of a form
   * @return null where it names no boundary, more than one, or one that RFC 2046 forbids
   */
  public static byte @Nullable [] of(String contentType) {
    Map<String, String> parameters = FormParameters.of(contentType);
    String boundary = parameters == null ? null : parameters.get("boundary");
    return boundary == null || !isRight(boundary) ? null : boundary.getBytes(US_ASCII);
  }

  private static boolean isRight(String boundary) {
    return !boundary.isEmpty()
        && boundary.length() <= CHARACTERS_MAX
        && !boundary.endsWith(" ")
        && boundary.chars().allMatch(FormBoundary::isRight);
  }

  private static boolean isRight(int character) {
    return (character >= '0' && character <= '9')
        || (character >= 'A' && character <= 'Z')
        || (character >= 'a' && character <= 'z')
        || SPECIALS.indexOf(character) >= 0;
  }
}
