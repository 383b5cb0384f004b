package dev.tollgate.api.customer;

import dev.tollgate.account.Days;
import dev.tollgate.account.Fields;
import dev.tollgate.http.Query;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the parameters of a query, strictly: what is sent twice, empty or out of bounds is a {@link
 * Fields.Fault} that names it. Parameters that nobody asks for are left alone.
 */
final class Parameters {
  static final int PER_PAGE_MAX = 100;

  private static final int PER_PAGE_DEFAULT = 20;
  private static final int PAGE_MAX = 1_000_000_000;
  private static final int TEXT_CHARACTERS_MAX = 256;
  private static final int NUMBER_CHARACTERS_MAX = 10;

  private final Query query;

  Parameters(Query query) {
    this.query = query;
  }

  /** Null when it was not sent. */
  @Nullable String text(String name) {
    List<String> all = query.all(name);
    if (all.isEmpty()) {
      return null;
    }
    String text = all.getFirst();
    if (all.size() > 1 || text.isEmpty() || text.length() > TEXT_CHARACTERS_MAX) {
      throw new Fields.Fault(
          name, name + " must be sent once, with 1 to " + TEXT_CHARACTERS_MAX + " characters.");
    }
    return text;
  }

  @Nullable Integer number(String name, int min, int max) {
    String text = text(name);
    if (text == null) {
      return null;
    }
    if (text.length() <= NUMBER_CHARACTERS_MAX
        && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      long number = Long.parseLong(text);
      if (number >= min && number <= max) {
        return (int) number;
      }
    }
    throw new Fields.Fault(name, name + " must be a whole number from " + min + " to " + max + ".");
  }

  /** What was sent, or else {@code otherwise}. */
  int number(String name, int min, int max, int otherwise) {
    Integer number = number(name, min, max);
    return number == null ? otherwise : number;
  }

  /** One of some words; null when it was not sent. */
  @Nullable String choice(String name, List<String> words) {
    String text = text(name);
    if (text != null && !words.contains(text)) {
      throw new Fields.Fault(name, name + " must be one of " + String.join(", ", words) + ".");
    }
    return text;
  }

  /** Some of these words, separated by commas; empty when none was sent. */
  List<String> choices(String name, List<String> words) {
    String text = text(name);
    List<String> chosen = text == null ? List.of() : List.of(text.split(",", -1));
    if (!words.containsAll(chosen)) {
      throw new Fields.Fault(
          name, name + " must be one or more of " + String.join(", ", words) + ".");
    }
    return chosen;
  }

  /** {@code start_date} and {@code end_date}. */
  Days days(LocalDate today) {
    return Days.of(text(Days.START), text(Days.END), today);
  }

  /** A day; null when it was not sent. */
  @Nullable LocalDate day(String name) {
    String text = text(name);
    return text == null ? null : Days.day(name, text);
  }

  /** {@code page} and {@code per_page}. */
  PageAsked page() {
    return new PageAsked(
        number("page", 1, PAGE_MAX, 1), number("per_page", 1, PER_PAGE_MAX, PER_PAGE_DEFAULT));
  }

  /** Which page, counted from 1. */
  record PageAsked(int page, int perPage) {
    long offset() {
      return (page - 1L) * perPage;
    }
  }
}
