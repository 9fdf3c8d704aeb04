-- Edited by hand: PARTITION BY, which drizzle-kit does not know.
CREATE SEQUENCE "public"."numbers" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE TABLE "blocks" (
	"id" bigint PRIMARY KEY NOT NULL,
	"project" integer NOT NULL,
	"bytes" "bytea" NOT NULL
) PARTITION BY RANGE ("id");
--> statement-breakpoint
CREATE TABLE "jobs" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "jobs_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"project" integer NOT NULL,
	"log" bigint NOT NULL,
	"evaluator" text NOT NULL,
	"state" text NOT NULL,
	"attempt" integer NOT NULL,
	"token" integer NOT NULL,
	"due_at_ms" bigint,
	"reason" text
);
--> statement-breakpoint
CREATE TABLE "keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"project" integer NOT NULL,
	"name" text NOT NULL,
	"hash" text NOT NULL,
	"last4" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"created_at_ms" bigint NOT NULL,
	"revoked_at_ms" bigint,
	CONSTRAINT "keys_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "log_ids" (
	"id" uuid PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "log_properties" (
	"property" integer NOT NULL,
	"started_at_ms" bigint NOT NULL,
	"log" bigint NOT NULL,
	CONSTRAINT "log_properties_property_started_at_ms_log_pk" PRIMARY KEY("property","started_at_ms","log")
) PARTITION BY RANGE ("log");
--> statement-breakpoint
CREATE TABLE "logs" (
	"seq" bigint PRIMARY KEY NOT NULL,
	"id" uuid NOT NULL,
	"project" integer NOT NULL,
	"request_id" uuid,
	"upstream" text NOT NULL,
	"provider" text NOT NULL,
	"target" text NOT NULL,
	"method" text NOT NULL,
	"path" text NOT NULL,
	"model" text,
	"model_asked" text,
	"model_answered" text,
	"flags" integer NOT NULL,
	"status" integer,
	"error_code" text,
	"ending" text NOT NULL,
	"started_at_ms" bigint NOT NULL,
	"first_byte_ms" double precision,
	"first_token_ms" double precision,
	"duration_ms" double precision NOT NULL,
	"input_tokens" bigint,
	"cached_input_tokens" bigint,
	"cache_write_tokens" bigint,
	"audio_input_tokens" bigint,
	"output_tokens" bigint,
	"reasoning_tokens" bigint,
	"audio_output_tokens" bigint,
	"cost_usd" double precision,
	"finish_reason" text,
	"user_id" text,
	"session_id" text,
	"session_name" text,
	"session_path" text,
	"provider_response_id" text,
	"request_size" bigint NOT NULL,
	"response_size" bigint NOT NULL,
	"properties_dropped" integer NOT NULL,
	"parse_error" text,
	"properties" text,
	"block" bigint,
	"slot" integer
) PARTITION BY RANGE ("seq");
--> statement-breakpoint
CREATE TABLE "probe" (
	"id" integer PRIMARY KEY NOT NULL,
	"at_ms" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "projects" (
	"seq" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "projects_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"created_at_ms" bigint NOT NULL,
	CONSTRAINT "projects_id_unique" UNIQUE("id"),
	CONSTRAINT "projects_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "properties" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "properties_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"project" integer NOT NULL,
	"name" text NOT NULL,
	"value" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "started" (
	"id" uuid PRIMARY KEY NOT NULL,
	"replica" text NOT NULL,
	"log" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "waiting_scores" (
	"project" integer NOT NULL,
	"log_id" text NOT NULL,
	"name" text NOT NULL,
	"source" text NOT NULL,
	"kind" text NOT NULL,
	"number" double precision,
	"category" text,
	"reason" text,
	"at_ms" bigint NOT NULL,
	"keep_until_ms" bigint NOT NULL,
	CONSTRAINT "waiting_scores_project_log_id_name_source_pk" PRIMARY KEY("project","log_id","name","source")
);
--> statement-breakpoint
CREATE TABLE "changes" (
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "changes_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"tx" bigint DEFAULT (pg_current_xact_id()::text)::bigint NOT NULL,
	"project" integer NOT NULL,
	"log" bigint NOT NULL,
	"what" text NOT NULL,
	"measure" integer,
	"origin" integer,
	"old_number" double precision,
	"old_category" text,
	"new_number" double precision,
	"new_category" text,
	"at_ms" bigint NOT NULL,
	CONSTRAINT "changes_tx_seq_pk" PRIMARY KEY("tx","seq")
);
--> statement-breakpoint
CREATE TABLE "evaluations" (
	"log" bigint NOT NULL,
	"evaluator" text NOT NULL,
	"evaluator_version" text NOT NULL,
	"outcome" text NOT NULL,
	"code" text,
	"reason" text,
	"printed" text NOT NULL,
	"duration_ms" double precision NOT NULL,
	"attempt" integer NOT NULL,
	"at_ms" bigint NOT NULL,
	"superseded" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "evaluations_log_evaluator_evaluator_version_pk" PRIMARY KEY("log","evaluator","evaluator_version")
) PARTITION BY RANGE ("log");
--> statement-breakpoint
CREATE TABLE "folded" (
	"id" integer PRIMARY KEY NOT NULL,
	"tx" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "measures" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "measures_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"project" integer NOT NULL,
	"what" text NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "origins" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "origins_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"project" integer NOT NULL,
	"source" text NOT NULL,
	"evaluator" text NOT NULL,
	"version" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rolled_names" (
	"project" integer NOT NULL,
	"name" text NOT NULL,
	"value_count" integer NOT NULL,
	"dropped" integer NOT NULL,
	CONSTRAINT "rolled_names_project_name_pk" PRIMARY KEY("project","name")
);
--> statement-breakpoint
CREATE TABLE "rollups" (
	"measure" integer NOT NULL,
	"pair" integer NOT NULL,
	"hour" integer NOT NULL,
	"summary" "bytea" NOT NULL,
	CONSTRAINT "rollups_measure_pair_hour_pk" PRIMARY KEY("measure","pair","hour")
);
--> statement-breakpoint
CREATE TABLE "scores" (
	"log" bigint NOT NULL,
	"measure" integer NOT NULL,
	"origin" integer NOT NULL,
	"number" double precision,
	"category" text,
	"reason" text,
	"duration_ms" double precision,
	"at_ms" bigint NOT NULL,
	"superseded" integer NOT NULL,
	CONSTRAINT "scores_log_measure_origin_pk" PRIMARY KEY("log","measure","origin")
) PARTITION BY RANGE ("log");
--> statement-breakpoint
CREATE INDEX "jobs_due" ON "jobs" USING btree ("due_at_ms") WHERE due_at_ms is not null;--> statement-breakpoint
CREATE INDEX "logs_id" ON "logs" USING btree ("id");--> statement-breakpoint
CREATE INDEX "logs_request_id" ON "logs" USING btree ("request_id") WHERE request_id is not null;--> statement-breakpoint
CREATE INDEX "logs_provider_response_id" ON "logs" USING btree ("provider_response_id") WHERE provider_response_id is not null;--> statement-breakpoint
CREATE INDEX "logs_started" ON "logs" USING btree ("project","started_at_ms");--> statement-breakpoint
CREATE INDEX "logs_user" ON "logs" USING btree ("project","user_id","started_at_ms") WHERE user_id is not null;--> statement-breakpoint
CREATE INDEX "logs_session" ON "logs" USING btree ("project","session_id","started_at_ms") WHERE session_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "properties_pair" ON "properties" USING btree ("project","name",md5("value"));--> statement-breakpoint
CREATE INDEX "waiting_scores_keep" ON "waiting_scores" USING btree ("keep_until_ms");--> statement-breakpoint
CREATE INDEX "evaluations_unscored" ON "evaluations" USING btree ("evaluator","outcome") WHERE outcome <> 'scored' and superseded = 0;--> statement-breakpoint
CREATE UNIQUE INDEX "measures_name" ON "measures" USING btree ("project","what","name","kind");--> statement-breakpoint
CREATE UNIQUE INDEX "origins_who" ON "origins" USING btree ("project","source","evaluator","version");--> statement-breakpoint
CREATE INDEX "scores_number" ON "scores" USING btree ("measure","number") WHERE number is not null and superseded = 0;--> statement-breakpoint
CREATE INDEX "scores_category" ON "scores" USING btree ("measure","category") WHERE category is not null and superseded = 0;