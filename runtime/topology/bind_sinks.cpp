// SPDX-License-Identifier: Apache-2.0
// Sinks: what they take, and where they write.
#include <algorithm>

#include <fmt/format.h>

#include "runtime/io/webhook_post.hpp"
#include "runtime/io/webhook_signature.hpp"
#include "runtime/topology/binder.hpp"

namespace aisle::topology {
namespace {

constexpr std::string_view dead_letters = "dead_letters";

struct named_port {
  std::string_view name;
  topology::port port;
};
constexpr named_port ports[] = {{"windows", port::windows},
                                {"decisions", port::decisions},
                                {"reports", port::reports},
                                {"late", port::late}};

/// True when the stage has something that comes out of the port.
bool has_port(const stage_spec& stage, port of) {
  const auto has = [&](role as) {
    return std::ranges::any_of(stage.behaviours,
                               [&](const behaviour_spec& b) { return b.role == as; });
  };
  switch (of) {
    case port::windows:
    case port::late:
      return !stage.windows.empty();
    case port::decisions:
      return has(role::decide);
    case port::reports:
      return has(role::report);
  }
  return false;
}

std::string_view section_behind(port of) {
  switch (of) {
    case port::windows:
    case port::late:
      return "windows";
    case port::decisions:
      return "decides";
    case port::reports:
      return "reports";
  }
  return "";
}

std::vector<std::string> everything(const binder& work) {
  std::vector<std::string> names{std::string{dead_letters}};
  for (const auto& [name, port] : ports) {
    names.push_back(fmt::format("*.{}", name));
  }
  for (const auto& stage : work.from.stages) {
    for (const auto& [name, port] : ports) {
      if (has_port(stage, port)) {
        names.push_back(fmt::format("{}.{}", stage.name.text, name));
      }
    }
  }
  return names;
}

const stage_spec* find_stage(const binder& work, std::string_view name) {
  const auto found = std::ranges::find_if(
      work.from.stages, [&](const stage_spec& stage) { return stage.name.text == name; });
  return found == work.from.stages.end() ? nullptr : &*found;
}

/// Stages stand in the order of their names in the plan.
std::size_t index_of(const binder& work, std::string_view stage) {
  return static_cast<std::size_t>(std::ranges::find(work.made.stages, stage, &planned_stage::name) -
                                  work.made.stages.begin());
}

void add(planned_sink& to, planned_input input) {
  const bool is_new = std::ranges::none_of(to.from, [&](const planned_input& other) {
    return other.stage == input.stage && other.port == input.port;
  });
  if (is_new) {
    to.from.push_back(input);
  }
}

void bind_port(binder& work, const word& written, std::string_view stage, port of,
               planned_sink& into) {
  if (stage == "*") {
    for (const auto& each : work.from.stages) {
      if (has_port(each, of)) {
        add(into, {.stage = index_of(work, each.name.text), .port = of});
      }
    }
    return;
  }
  const auto* const found = find_stage(work, stage);
  if (found == nullptr) {
    work.about.unknown(*written.node, "unknown-output",
                       fmt::format("no stage is called \"{}\"", stage), everything(work));
  } else if (!has_port(*found, of)) {
    work.about.add(*written.node, "no-output",
                   fmt::format("stage \"{}\" has no \"{}:\", so nothing comes out there", stage,
                               section_behind(of)),
                   fmt::format("one of: {}", fmt::join(everything(work), ", ")));
  } else {
    add(into, {.stage = index_of(work, stage), .port = of});
  }
}

void bind_input(binder& work, const word& written, planned_sink& into) {
  if (written.text == dead_letters) {
    into.dead_letters = true;
    return;
  }
  const auto dot = written.text.rfind('.');
  const auto stage = written.text.substr(0, dot);
  const auto name = dot == std::string::npos ? "" : written.text.substr(dot + 1);
  const auto* const known = std::ranges::find(ports, name, &named_port::name);
  if (known != std::end(ports)) {
    bind_port(work, written, stage, known->port, into);
  } else if (name == "events") {
    work.about.add(
        *written.node, "refused",
        "the events of a stage as an output come with a later version; leave the sink out");
  } else {
    work.about.unknown(*written.node, "unknown-output",
                       fmt::format("nothing comes out at \"{}\"", written.text), everything(work));
  }
}

/// The folder below the output folder; each belongs to one sink.
void bind_folder(binder& work, const sink_spec& written, planned_sink& into) {
  // A webhook keeps what it could not post in a folder of the sink's own name.
  const auto& place = written.files     ? written.files
                      : written.topic   ? written.topic
                      : written.webhook ? std::optional{written.name}
                                        : std::nullopt;
  if (!place) {
    return;
  }
  if (!is_plain_name(place->text) || place->text == "summary.json") {
    work.about.add(*place->node, "bad-name",
                   fmt::format("\"{}\" cannot be the folder of a sink", place->text),
                   "one name: letters, digits and . _ -, not summary.json");
    return;
  }
  into.folder = place->text;
  for (const auto& other : work.made.sinks) {
    if (other.folder == into.folder) {
      work.about.add(
          *place->node, "folder-twice",
          fmt::format("sink \"{}\" writes \"{}\" already", other.name, into.folder),
          "a folder of its own for each sink; a sink can take several outputs: from: [a, b]");
      return;
    }
  }
  if (written.topic && !written.files && !work.with.log) {
    miss_log(work, *place, "--log files:DIR, embedded:DIR or kafka:HOST:PORT, or files: FOLDER");
  }
  if (written.topic && !written.files && work.with.log && work.with.log->kind != log_kind::files) {
    into.log = work.with.log;
  }
}

/// At the start of a run a secret has to be there: a person is still looking then.
void look_for_secret(binder& work, const webhook_spec& written, const io::webhook_settings& made) {
  const auto& place = written.secret_env ? written.secret_env : written.secret_file;
  if (!place || made.url.empty() || work.with.inputs != inputs::must_exist) {
    return;
  }
  const auto secret = io::read_secret(made);
  const auto signer = secret ? io::webhook_signer::from(*secret) : std::unexpected{secret.error()};
  if (!signer) {
    work.about.add(*place->node, "no-secret", signer.error().message);
  }
}

void refuse_what_no_webhook_has(binder& work, const sink_spec& written) {
  if (written.exactly_once_node != nullptr) {
    work.about.add(*written.exactly_once_node, "not-for-this",
                   "a webhook cannot deliver exactly once: whether a record whose answer got lost "
                   "was taken, only the receiver knows",
                   "delivery: immediate, or nothing: a record goes out once or more, always with "
                   "the same webhook-id");
  }
  if (written.lanes_node != nullptr) {
    work.about.add(*written.lanes_node, "not-for-this",
                   "a webhook has one lane: it posts one record after the other", "no \"lanes\"");
  }
}

void bind_webhook(binder& work, const sink_spec& written, planned_sink& into) {
  if (!written.webhook) {
    return;
  }
  const auto& hook = *written.webhook;
  refuse_what_no_webhook_has(work, written);
  into.lanes = 1;
  auto& made = into.webhook.emplace();
  made.url = hook.url.text;
  // What is no URL is not shown: it may hold a secret.
  if (!made.url.empty() && !work.from.origins.unset.contains(hook.url.node) &&
      !io::origin_of(made.url)) {
    work.about.add(*hook.url.node, "bad-url",
                   fmt::format("where sink \"{}\" posts to is no URL", into.name),
                   "https://HOST/PATH or http://HOST/PATH; an empty text turns the sink off");
    return;
  }
  if (hook.secret_env && hook.secret_file) {
    work.about.add(*hook.secret_file->node, "two-places", "the secret is in two places",
                   "one of secret_env and secret_file");
    return;
  }
  if (hook.secret_env) {
    made.secret_env = hook.secret_env->text;
  }
  if (hook.secret_file) {
    made.secret_file = resolve(*hook.secret_file, work.from.origins, work.at);
  }
  made.timeout = hook.timeout.value_or(made.timeout);
  made.retry.give_up_after = hook.give_up_after.value_or(made.retry.give_up_after);
  made.retry.attempts_max = hook.attempts;
  look_for_secret(work, hook, made);
}

/// True when `<` or `>` stands outside of quotes.
bool compares_by_order(std::string_view text) {
  char quote = '\0';
  for (const char c : text) {
    if (quote != '\0') {
      quote = c == quote ? '\0' : quote;
    } else if (c == '"' || c == '\'' || c == '`') {
      quote = c;
    } else if (c == '<' || c == '>') {
      return true;
    }
  }
  return false;
}

void bind_where(binder& work, const sink_spec& written, planned_sink& into) {
  if (!written.where) {
    return;
  }
  const auto& [text, node] = *written.where;
  const bool only_decisions =
      !into.dead_letters && std::ranges::all_of(into.from, [](const planned_input& input) {
        return input.port == port::decisions;
      });
  if (!only_decisions) {
    work.about.add(*node, "not-for-this", "\"where\" chooses among decisions",
                   "a sink whose \"from\" is decisions only");
    return;
  }
  auto compiled = expr::compile(text, entity::decision_names());
  if (!compiled) {
    work.about.add(*node, compiled.error());
  } else if (compiled->type().kind != base::kind::boolean) {
    work.about.add(*node, "type-mismatch", "\"where\" is neither true nor false",
                   "a comparison, such as severity == \"high\"");
  } else if (compares_by_order(text)) {
    // As texts, "high" comes before "low": an alert would be lost in silence.
    work.about.add(*node, "type-mismatch", "kind, name, code and severity are texts without order",
                   "severity == \"high\" or severity == \"medium\"");
  } else {
    into.where = std::make_shared<const entity::decision_filter>(*std::move(compiled));
    into.where_text = text;
  }
}

void bind_sink(binder& work, const sink_spec& written) {
  planned_sink made;
  made.id = base::sink_id{static_cast<std::uint16_t>(work.made.sinks.size())};
  made.name = written.name.text;
  made.lanes = written.lanes;
  made.immediate = written.immediate;
  for (const auto& input : written.from) {
    bind_input(work, input, made);
  }
  bind_where(work, written, made);
  bind_folder(work, written, made);
  bind_webhook(work, written, made);
  work.made.sinks.push_back(std::move(made));
}

}  // namespace

void bind_sinks(binder& work) {
  for (const auto* const written : by_name(work.from.sinks)) {
    bind_sink(work, *written);
  }
}

}  // namespace aisle::topology
