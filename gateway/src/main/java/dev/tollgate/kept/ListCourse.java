package dev.tollgate.kept;

import dev.tollgate.proxy.Course;
import dev.tollgate.upstream.Upstream;

/** A list is answered by asking for each of what is on it. */
final class ListCourse implements Course {
  private final Listing listing;

  ListCourse(Listing listing) {
    this.listing = listing;
  }

  @Override
  public Upstream through(Upstream upstream) {
    return (request, listener) -> new ListCall(listing, upstream, request, listener).start();
  }
}
