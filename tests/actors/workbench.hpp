// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <expected>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "actors/catalog.hpp"
#include "runtime/base/check.hpp"
#include "runtime/base/time.hpp"
#include "runtime/base/value.hpp"
#include "runtime/entity/catalog.hpp"
#include "runtime/expr/program.hpp"
#include "runtime/record/layout.hpp"

namespace aisle::test {

/// `at("2026-03-02T09:00:00Z")`; `at("2026-03-02")` is its midnight.
inline base::event_time at(std::string text) {
  if (text.size() == 10) {
    text += "T00:00:00Z";
  }
  const auto parsed = base::parse_rfc3339(text);
  base::check(parsed.has_value(), "a test writes its times as RFC 3339");
  return *parsed;
}

inline base::value text(std::string_view t) { return base::value::of(t); }
inline base::value units(std::int64_t n) { return base::value::of(n); }
/// `money(1250)` is 12.50.
inline base::value money(std::int64_t hundredths) {
  return base::value::of(base::decimal{hundredths, 2});
}

/// A stage to make behaviours for: its streams, the tables it knows, and behaviours to read.
class workbench {
 public:
  using result = std::expected<std::unique_ptr<entity::behaviour>, entity::refusal>;

  explicit workbench(std::string stage) : stage_{std::move(stage)} {}

  workbench& stream(std::string name, std::vector<record::field> fields) {
    streams_.push_back({std::move(name), record::layout{std::move(fields)}});
    return *this;
  }
  /// A table's fields are known as `name.field`.
  workbench& table(const std::string& name, const std::vector<record::field>& fields) {
    ++tables_;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      known_.push_back(
          {name + '.' + fields[i].name, {tables_, static_cast<std::uint8_t>(i), fields[i].type}});
    }
    return *this;
  }
  workbench& input(const std::string& name, const entity::behaviour& b) {
    inputs_[name] = b.publishes();
    return *this;
  }

  /// Makes a behaviour as a topology would: parameters as text, defaults from the catalog.
  [[nodiscard]] result make(entity::section in, std::string_view family, std::string_view name,
                            std::map<std::string, std::string> written = {}) const {
    static const auto models = shop::make_catalog();
    const auto* model = models.find(in, family, name);
    REQUIRE(model != nullptr);
    std::vector<entity::stream_info> infos;
    for (const auto& s : streams_) {
      infos.push_back({s.name, &s.layout});
    }
    entity::settings settings{stage_, "under_test", infos};
    for (const auto& p : model->parameters) {
      const auto given = written.extract(p.name);
      REQUIRE_MESSAGE((given || !p.required), p.name);
      settings.set(p.name, read(p, given ? given.mapped() : p.fallback));
    }
    REQUIRE_MESSAGE(written.empty(), "a parameter the model does not have");
    return model->make(settings);
  }
  [[nodiscard]] std::unique_ptr<entity::behaviour> decides(
      std::string_view family, std::string_view name,
      std::map<std::string, std::string> written = {}) const {
    return good(make(entity::section::decides, family, name, std::move(written)));
  }
  [[nodiscard]] std::unique_ptr<entity::behaviour> estimates(
      std::string_view family, std::string_view name,
      std::map<std::string, std::string> written = {}) const {
    return good(make(entity::section::estimates, family, name, std::move(written)));
  }
  [[nodiscard]] std::unique_ptr<entity::behaviour> reports(
      std::string_view family, std::string_view name,
      std::map<std::string, std::string> written = {}) const {
    return good(make(entity::section::reports, family, name, std::move(written)));
  }

 private:
  struct known_stream {
    std::string name;
    record::layout layout;
  };

  static std::unique_ptr<entity::behaviour> good(result made) {
    REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.error().message));
    return std::move(*made);
  }

  [[nodiscard]] entity::setting read(const entity::parameter& p, const std::string& as) const {
    using entity::parameter_kind;
    if (as.empty()) {
      return std::monostate{};
    }
    switch (p.kind) {
      case parameter_kind::duration:
        return *base::parse_duration(as);
      case parameter_kind::integer:
        return std::int64_t{std::stoll(as)};
      case parameter_kind::number:
        return std::stod(as);
      case parameter_kind::boolean:
        return as == "true";
      case parameter_kind::text:
      case parameter_kind::choice:
        return as;
      case parameter_kind::event_expression:
        return of_events(as);
      case parameter_kind::actor_expression:
        return std::make_shared<const expr::program>(compiled(as, expr::scope{known_}));
      case parameter_kind::input:
        return entity::input_ref{as, inputs_.at(as)};
    }
    return std::monostate{};
  }

  static expr::program compiled(const std::string& as, const expr::scope& names) {
    auto made = expr::compile(as, names);
    REQUIRE_MESSAGE(made.has_value(), as);
    return std::move(*made);
  }

  [[nodiscard]] entity::event_expression of_events(const std::string& as) const {
    entity::event_expression made;
    for (const auto& s : streams_) {
      auto names = known_;
      for (std::size_t i = 0; i < s.layout.fields().size(); ++i) {
        const auto& f = s.layout.fields()[i];
        names.push_back({f.name, {0, static_cast<std::uint8_t>(i), f.type}});
      }
      const expr::scope scope{std::move(names)};
      const auto used = expr::names_in(as);
      auto& place = made.by_stream.emplace_back();
      if (std::ranges::all_of(used, [&](const auto& n) { return scope.find(n) != nullptr; })) {
        place = compiled(as, scope);
      }
    }
    return made;
  }

  std::string stage_;
  std::vector<known_stream> streams_;
  std::vector<expr::binding> known_;
  std::uint8_t tables_ = 0;
  std::map<std::string, const entity::published*> inputs_;
};

inline record::field integer(std::string name) {
  return {std::move(name), {base::kind::integer, 0}};
}
inline record::field decimal(std::string name, std::uint8_t scale = 2) {
  return {std::move(name), {base::kind::decimal, scale}};
}
inline record::field string(std::string name) { return {std::move(name), {base::kind::string, 0}}; }
inline record::field number(std::string name) { return {std::move(name), {base::kind::number, 0}}; }
inline record::field boolean(std::string name) {
  return {std::move(name), {base::kind::boolean, 0}};
}

/// Lines that hold `part`, of what support::play returned.
inline std::vector<std::string> lines_with(const std::vector<std::string>& lines,
                                           std::string_view part) {
  std::vector<std::string> found;
  std::ranges::copy_if(lines, std::back_inserter(found),
                       [&](const auto& line) { return line.find(part) != std::string::npos; });
  return found;
}

}  // namespace aisle::test
