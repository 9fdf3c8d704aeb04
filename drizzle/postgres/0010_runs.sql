CREATE TABLE "run_outputs" (
	"run" integer NOT NULL,
	"position" integer NOT NULL,
	"repetition" integer NOT NULL,
	"datapoint" uuid NOT NULL,
	"log" uuid,
	"failure" text,
	"request_hash" "bytea",
	"cost_usd" double precision,
	"duration_ms" double precision,
	"at_ms" bigint NOT NULL,
	CONSTRAINT "run_outputs_run_position_repetition_pk" PRIMARY KEY("run","position","repetition")
);
--> statement-breakpoint
CREATE TABLE "run_results" (
	"run" integer NOT NULL,
	"position" integer NOT NULL,
	"repetition" integer NOT NULL,
	"evaluator" text NOT NULL,
	"name" text NOT NULL,
	"version" text NOT NULL,
	"outcome" text NOT NULL,
	"kind" text,
	"number" double precision,
	"category" text,
	"reason" text,
	"code" text,
	"duration_ms" double precision,
	"cost_usd" double precision,
	"at_ms" bigint NOT NULL,
	CONSTRAINT "run_results_run_position_repetition_evaluator_name_pk" PRIMARY KEY("run","position","repetition","evaluator","name")
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"seq" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "runs_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"id" uuid NOT NULL,
	"project" integer NOT NULL,
	"spec" text NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"outputs" integer NOT NULL,
	"posted" integer NOT NULL,
	"holder" text,
	"held_until_ms" bigint,
	"created_at_ms" bigint NOT NULL,
	"started_at_ms" bigint,
	"ended_at_ms" bigint,
	CONSTRAINT "runs_id_unique" UNIQUE("id")
);
--> statement-breakpoint
CREATE INDEX "run_outputs_hash" ON "run_outputs" USING btree ("request_hash") WHERE request_hash is not null;--> statement-breakpoint
CREATE INDEX "run_outputs_datapoint" ON "run_outputs" USING btree ("run","datapoint");--> statement-breakpoint
CREATE INDEX "runs_project" ON "runs" USING btree ("project");--> statement-breakpoint
CREATE INDEX "runs_open" ON "runs" USING btree ("created_at_ms") WHERE ended_at_ms is null;