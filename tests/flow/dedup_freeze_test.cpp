// SPDX-License-Identifier: Apache-2.0
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "runtime/flow/dedup.hpp"

namespace aisle::flow {
namespace {

base::event_time at(base::duration since) { return base::event_time{since}; }

/// Folds a delta as a store does: pages by generation and number, without those forgotten.
void fold(std::vector<dedup_page>& pages, const dedup_delta& delta) {
  for (const auto& gone : delta.gone) {
    std::erase_if(pages, [&](const auto& page) { return page.generation == gone.generation; });
  }
  pages.insert(pages.end(), delta.pages.begin(), delta.pages.end());
}

TEST_CASE("a memory of repeats begun again from its deltas answers as the one that was cut") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 chance{seed};
    dedup first;
    first.keep_track();
    std::vector<dedup_page> pages;
    dedup_turns turns;
    base::duration now{0};
    const auto key = [&] { return base::hash_128(std::to_string(chance() % 400)); };
    const auto step = [&] {
      now += std::chrono::minutes{chance() % 40};
      now += chance() % 200 == 0 ? std::chrono::hours{60} : std::chrono::hours{0};
    };
    for (auto epochs = chance() % 12; epochs > 0; --epochs) {
      for (auto keys = chance() % 150; keys > 0; --keys) {
        step();
        first.insert(key(), at(now));
      }
      const auto delta = first.freeze();
      fold(pages, delta);
      turns = delta.turns;
    }
    dedup second;
    second.keep_track();
    second.begin(turns, pages);
    CHECK(second.size() == first.size());
    for (int keys = 0; keys < 500; ++keys) {
      step();
      const auto one = key();
      REQUIRE(second.insert(one, at(now)) == first.insert(one, at(now)));
    }
    const auto of_first = first.freeze();
    const auto of_second = second.freeze();
    CHECK(of_second.turns == of_first.turns);
    REQUIRE(of_second.pages.size() == of_first.pages.size());
    for (std::size_t p = 0; p < of_first.pages.size(); ++p) {
      CHECK(of_second.pages[p].number == of_first.pages[p].number);
      CHECK(of_second.pages[p].keys == of_first.pages[p].keys);
    }
  }
}

TEST_CASE("a cut without new keys keeps nothing") {
  dedup known;
  known.keep_track();
  known.insert(base::hash_128("a"), at(base::duration{5}));
  CHECK(known.freeze().pages.size() == 1);
  CHECK_FALSE(known.insert(base::hash_128("a"), at(base::duration{6})));
  CHECK(known.freeze().pages.empty());
}

}  // namespace
}  // namespace aisle::flow
