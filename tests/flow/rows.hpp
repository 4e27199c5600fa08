// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/flow/reorder.hpp"
#include "tests/support/rows.hpp"

namespace aisle::flow {

/// A moment, in milliseconds.
inline base::event_time at(std::int64_t ms) { return base::event_time{base::duration{ms}}; }

/// An event of one field, an integer, by which a test knows it again.
struct sample {
  std::int64_t name = 0;
  base::event_time seen;
  std::int64_t offset = 0;
  std::uint32_t partition = 0;
  std::uint32_t item = 0;
};

inline record::batch batch_of(const std::vector<sample>& samples) {
  record::batch batch{2};
  for (const auto& s : samples) {
    const support::row row{{base::value::of(s.name)}};
    batch.append({.at = s.seen,
                  .seen = s.seen,
                  .position = {.partition = base::partition_id{s.partition},
                               .offset = base::offset{s.offset},
                               .item = s.item},
                  .key_hash = 0},
                 row.ref(), 0);
  }
  return batch;
}

inline std::int64_t name_of(record::event_ref event) {
  return expr::load(event.row, 0, {base::kind::integer}).as_integer();
}

}  // namespace aisle::flow
