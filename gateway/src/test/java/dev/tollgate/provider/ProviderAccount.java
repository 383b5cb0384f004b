package dev.tollgate.provider;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/** What the provider served, by its own count. Safe for use by any thread. */
public final class ProviderAccount {
  private final List<Served> served = new ArrayList<>();
  private int received;
  private int openNow;
  private int openMost;

  /** A request has come; says which one it is, counted from 1. */
  synchronized int open() {
    openNow++;
    openMost = Math.max(openMost, openNow);
    return ++received;
  }

  synchronized void close(Served entry) {
    openNow--;
    served.add(entry);
    notifyAll();
  }

  /** Every request whose script has ended, in the order in which they were received. */
  public synchronized List<Served> all() {
    return served.stream().sorted(Comparator.comparingInt(Served::number)).toList();
  }

  /** As {@link #all()}, and forgets them, so that a long storm fills no memory. */
  public synchronized List<Served> takeAll() {
    List<Served> taken = all();
    served.clear();
    return taken;
  }

  /** Waits for that many requests to have ended, and gives all. */
  public synchronized List<Served> await(int requests)
      throws InterruptedException, TimeoutException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (served.size() < requests) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        throw new TimeoutException(
            served.size() + " of " + requests + " requests ended, " + openNow + " are open");
      }
      wait(left);
    }
    return all();
  }

  /** How many requests have come, ended or not. */
  public synchronized int received() {
    return received;
  }

  public synchronized int openNow() {
    return openNow;
  }

  /** The most requests that were ever open at once. */
  public synchronized int openMost() {
    return openMost;
  }

  /** The usage of the answers that were delivered whole. */
  public ServedUsage whole() {
    return sum(Served::isWhole);
  }

  public ServedUsage sum(Predicate<Served> which) {
    return all().stream()
        .filter(which)
        .map(Served::usage)
        .reduce(ServedUsage.NONE, ServedUsage::plus);
  }

  /** By the model that was asked for, the usage of the answers that were delivered whole. */
  public Map<String, ServedUsage> wholeByModel() {
    Map<String, ServedUsage> byModel = new TreeMap<>();
    for (Served entry : all()) {
      if (entry.isWhole()) {
        byModel.merge(entry.model(), entry.usage(), ServedUsage::plus);
      }
    }
    return byModel;
  }

  /**
   * What the answers that were delivered whole cost, each rounded up by itself, in nano-USD.
   *
   * @param prices by model; every model that was served must be in it
   */
  public long costNanoUsd(Map<String, TestPrice> prices) {
    long sum = 0;
    for (Served entry : all()) {
      if (entry.isWhole() && !entry.usage().equals(ServedUsage.NONE)) {
        TestPrice price = prices.get(entry.model());
        if (price == null) {
          throw new IllegalArgumentException("no price for " + entry.model());
        }
        sum = Math.addExact(sum, price.costNanoUsd(entry.usage()));
      }
    }
    return sum;
  }
}
