// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/schema_registry.hpp"

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include <fmt/core.h>

#include "runtime/io/webhook_post.hpp"
#include "runtime/record/registry_answer.hpp"

namespace aisle::io {
namespace {

using record::no_schema;
using record::schema_absence;

/// Ids that are kept. A topic has a handful; only who makes ids up has more.
constexpr std::size_t ids_max = 10'000;

class schema_registry final : public record::schema_source {
 public:
  schema_registry(std::unique_ptr<http_getter> getter, std::string name, const base::clock& clock)
      : getter_{std::move(getter)}, name_{std::move(name)}, clock_{clock} {}

  std::expected<std::string, no_schema> find(std::uint32_t id) override {
    const std::lock_guard held{guard_};
    const auto now = clock_.ticks();
    if (const auto known = known_.find(id); known != known_.end() && !is_over(known->second, now)) {
      return known->second.said;
    }
    if (now < ask_again_at_) {
      return std::unexpected{no_schema{schema_absence::unavailable, trouble_}};
    }
    auto said = ask(id);
    if (!said && said.error().why == schema_absence::unavailable) {
      note_trouble(said.error().message);
      return said;
    }
    wait_ = registry_wait_first;
    if (known_.size() >= ids_max) {
      known_.clear();
    }
    known_.insert_or_assign(id, answer{said, clock_.ticks()});
    return said;
  }

 private:
  struct answer {
    std::expected<std::string, no_schema> said;
    base::duration at;
  };

  static bool is_over(const answer& of, base::duration now) {
    return !of.said && now >= of.at + registry_forgets_after;
  }

  std::expected<std::string, no_schema> ask(std::uint32_t id) {
    const auto got = getter_->get(fmt::format("/schemas/ids/{}", id),
                                  "application/vnd.schemaregistry.v1+json, application/json");
    const auto failed = [&](schema_absence why, std::string_view what) {
      return std::unexpected{
          no_schema{why, fmt::format("schema {} of the registry {}: {}", id, name_, what)}};
    };
    if (got.status == 404) {
      return failed(schema_absence::not_there, "the registry does not know it");
    }
    if (got.status == 401 || got.status == 403) {
      return failed(schema_absence::unavailable,
                    fmt::format("the registry does not let us in ({}): user and password of "
                                "`registry:` in the node's configuration",
                                got.status));
    }
    if (got.status != 200) {
      return failed(
          schema_absence::unavailable,
          got.status == 0 ? got.trouble : fmt::format("the registry answers {}", got.status));
    }
    auto schema = record::schema_in_answer(got.body);
    return schema ? schema : failed(schema.error().why, schema.error().message);
  }

  void note_trouble(const std::string& what) {
    trouble_ = what;
    ask_again_at_ = clock_.ticks() + wait_;
    wait_ = std::min(2 * wait_, registry_wait_longest);
  }

  std::mutex guard_;
  std::unique_ptr<http_getter> getter_;
  std::string name_;
  const base::clock& clock_;
  std::unordered_map<std::uint32_t, answer> known_;
  base::duration wait_ = registry_wait_first;
  base::duration ask_again_at_{base::duration::min()};
  std::string trouble_;
};

}  // namespace

std::shared_ptr<record::schema_source> make_schema_registry(http_settings settings,
                                                            const base::clock& clock) {
  auto name = origin_of(settings.url).value_or("?");
  return make_schema_registry(make_getter(std::move(settings)), std::move(name), clock);
}

std::shared_ptr<record::schema_source> make_schema_registry(std::unique_ptr<http_getter> getter,
                                                            std::string name,
                                                            const base::clock& clock) {
  return std::make_shared<schema_registry>(std::move(getter), std::move(name), clock);
}

}  // namespace aisle::io
