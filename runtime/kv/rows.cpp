// SPDX-License-Identifier: Apache-2.0
#include "runtime/kv/rows.hpp"

#include <utility>

namespace aisle::kv {

row_cursor::row_cursor(const txn& in, table of, std::string prefix)
    : in_{in}, of_{of}, at_{in.cursor(of)}, prefix_{std::move(prefix)} {}

bool row_cursor::seek(std::string_view place) {
  key_.assign(prefix_);
  key_ += place;
  arrive(at_.seek(key_));
  return on_;
}

void row_cursor::arrive(bool on) {
  on_ = on && at_.is_in(prefix_);
  if (!on_) return;
  const auto key = at_.key();
  if (key.size() < prefix_.size() + chunk_number_bytes) in_.damaged(of_, key);
  place_.assign(key.substr(prefix_.size(), key.size() - prefix_.size() - chunk_number_bytes));
}

void row_cursor::read(kept_row& into) {
  into.place.assign(place_);
  into.payload.clear();
  into.head =
      each_chunk([&](std::string_view, const chunk_view& chunk) { into.payload += chunk.bytes; });
}

void row_cursor::skip() {
  const std::string here = place_;
  while (on_ && place_ == here) {
    arrive(at_.next());
  }
}

void merged_rows::seek(std::string_view place) {
  for (auto& source : sources_) {
    source.seek(place);
  }
}

bool merged_rows::next(kept_row& into) {
  row_cursor* least = nullptr;
  for (auto& source : sources_) {
    if (source.on() && (least == nullptr || source.place() < least->place())) least = &source;
  }
  if (least == nullptr) return false;
  least->read(into);
  for (auto& source : sources_) {
    if (&source != least && source.on() && source.place() == into.place) source.skip();
  }
  return true;
}

}  // namespace aisle::kv
