package dev.tollgate.metering;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an answer says of itself as something that the provider keeps: a batch, a job, a response.
 *
 * @param id null where it names none
 * @param status as far as it has come, in the provider's words; empty where it does not say
 * @param files the ids of files that it has brought about, at most {@value #FILES_MAX}
 * @param done how many of the requests in it have been answered; {@link #UNKNOWN} where it does not
 *     say
 * @param total how many requests there are in it; {@link #UNKNOWN} where it does not say
 */
public record ObjectState(
    @Nullable String id, String status, List<String> files, long done, long total) {
  public static final int FILES_MAX = 64;
  public static final long UNKNOWN = -1;
  public static final ObjectState NONE = new ObjectState(null, "", List.of(), UNKNOWN, UNKNOWN);

  public ObjectState {
    files = List.copyOf(files);
  }
}
