CREATE TABLE "alert_events" (
	"seq" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "alert_events_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"id" uuid NOT NULL,
	"alert" integer NOT NULL,
	"state" text NOT NULL,
	"is_repeat" integer NOT NULL,
	"at_ms" bigint NOT NULL,
	"finding" text NOT NULL,
	"message" text,
	"delivery" text,
	"attempt" integer NOT NULL,
	"token" integer NOT NULL,
	"due_at_ms" bigint,
	"last_at_ms" bigint,
	"status" integer,
	"error" text,
	"answer" text,
	"duration_ms" double precision,
	CONSTRAINT "alert_events_id_unique" UNIQUE("id")
);
--> statement-breakpoint
CREATE TABLE "alerts" (
	"seq" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "alerts_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"id" uuid NOT NULL,
	"project" integer NOT NULL,
	"name" text NOT NULL,
	"spec" text NOT NULL,
	"enabled" integer NOT NULL,
	"hmac_key" text NOT NULL,
	"managed_by" text NOT NULL,
	"created_at_ms" bigint NOT NULL,
	"changed_at_ms" bigint NOT NULL,
	"revision" bigint NOT NULL,
	"standing" text NOT NULL,
	CONSTRAINT "alerts_id_unique" UNIQUE("id")
);
--> statement-breakpoint
CREATE INDEX "alert_events_alert" ON "alert_events" USING btree ("alert","seq");--> statement-breakpoint
CREATE INDEX "alert_events_due" ON "alert_events" USING btree ("due_at_ms") WHERE due_at_ms is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "alerts_name" ON "alerts" USING btree ("project","name");