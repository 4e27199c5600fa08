// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/entity/actor_block.hpp"
#include "runtime/entity/actor_host.hpp"
#include "runtime/entity/topic_record.hpp"

namespace aisle::entity {

/// What went wrong in a behaviour, as the dead letter says it.
[[nodiscard]] inline std::string text_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

/// One call of one behaviour: what it may ask and where its outputs go.
class actor_host::call final : public context {
 public:
  call(actor_host& host, actor& who, std::uint64_t hash, cause because,
       std::span<const expr::row_ref> rows, outputs& out)
      : host_{host}, who_{who}, hash_{hash}, cause_{because}, rows_{rows}, out_{out} {}

  void behaviour(std::size_t index) { index_ = index; }
  void event(stream_index by, expr::row_ref row) {
    stream_ = &host_.stage_.streams[by];
    row_ = row;
  }

  [[nodiscard]] base::event_time now() const override { return cause_.now; }
  [[nodiscard]] std::span<const expr::row_ref> rows() const override { return rows_; }
  [[nodiscard]] std::optional<base::event_time> ended_at() const override {
    return host_.ended_at_;
  }
  [[nodiscard]] std::string_view key() const override { return key_of(who_, host_.key_at_); }
  [[nodiscard]] const void* input_state(std::size_t i) const override {
    return std::as_const(host_).state(who_, placed().inputs[i]);
  }

  void emit(const decision& proposed) override {
    cause_.repeat = repeats_of(proposed.code);
    if (!host_.stage_.outputs.has(cause_.now)) {
      return;
    }
    name_event();
    keep(output_kind::decision,
         to_json(host_.voice(), key(), placed().kind, placed().name, cause_, proposed),
         [&](std::string_view json) {
           return to_frame(host_.voice(), key(), placed().kind, placed().name, cause_, proposed,
                           json);
         });
    out_.back().labels =
        std::make_unique<const decision_labels>(decision_labels{.kind = placed().kind,
                                                                .name = placed().name,
                                                                .code = std::string{proposed.code},
                                                                .severity = proposed.severity});
  }
  void emit(const window_result& result) override {
    if (host_.stage_.outputs.has(result)) {
      keep(output_kind::window, to_json(host_.voice(), key(), result),
           [&](std::string_view json) { return to_frame(host_.voice(), key(), result, json); });
    }
  }
  void emit(const report& made) override {
    if (host_.stage_.outputs.has(cause_.now)) {
      keep(output_kind::report, to_json(host_.voice(), key(), made), [&](std::string_view json) {
        return report_frame(host_.voice(), key(), placed().name, cause_, json);
      });
    }
  }

 private:
  [[nodiscard]] const placed_behaviour& placed() const { return host_.stage_.behaviours[index_]; }
  template <class Frame>
  void keep(output_kind kind, std::string json, Frame&& frame) {
    auto& made =
        out_.emplace_back(output{.kind = kind, .key_hash = hash_, .json = std::move(json)});
    if (host_.stage_.frames(kind)) {
      made.frame = frame(made.json);
    }
  }
  /// Only decisions name their event, and few events cause one: made when it is first asked for.
  void name_event() {
    if (stream_ == nullptr || named_) {
      return;
    }
    host_.event_json_.clear();
    record::append_event_name(host_.event_json_, *stream_->contract, stream_->rows, row_);
    cause_.event_json = host_.event_json_;
    named_ = true;
  }

  /// How often this behaviour decided with this code before, in this call.
  std::uint32_t repeats_of(std::string_view code) {
    const auto name = std::pair{index_, std::string{code}};
    const auto before = std::ranges::count(decided_, name);
    decided_.push_back(name);
    return static_cast<std::uint32_t>(before);
  }

  actor_host& host_;
  actor& who_;
  std::uint64_t hash_;
  cause cause_;
  std::span<const expr::row_ref> rows_;
  outputs& out_;
  std::size_t index_ = 0;
  const stream* stream_ = nullptr;
  expr::row_ref row_;
  bool named_ = false;
  std::vector<std::pair<std::size_t, std::string>> decided_;
};

}  // namespace aisle::entity
