package dev.tollgate.metering;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Notes what the documents of one answer say of the object that it is. Of what comes several times,
 * as in the events of a stream, the last counts. Not for use by two threads.
 */
final class ObjectReader {
  private @Nullable String id;
  private String status = "";
  private final List<String> files = new ArrayList<>();
  private long done = ObjectState.UNKNOWN;
  private long total = ObjectState.UNKNOWN;

  /** A document begins: lists are of one document. */
  void begin() {
    files.clear();
  }

  void id(String value) {
    id = value;
  }

  @Nullable String id() {
    return id;
  }

  void status(String value) {
    status = value;
  }

  void file(String value) {
    if (files.size() < ObjectState.FILES_MAX && !files.contains(value)) {
      files.add(value);
    }
  }

  void done(long count) {
    done = count;
  }

  void total(long count) {
    total = count;
  }

  ObjectState state() {
    return new ObjectState(id, status, files, done, total);
  }
}
